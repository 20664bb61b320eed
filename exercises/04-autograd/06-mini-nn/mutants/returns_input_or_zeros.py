"""task: 1, 2, 3, 4

Your classes do nothing yet. Begin with named_parameters: everything else leans on it.
"""


class Module:
    def __call__(self, x):
        return x

    def named_parameters(self):
        return []

    def parameters(self):
        return []

    def zero_grad(self):
        return None

    def state(self):
        return {}

    def load_state(self, state):
        return None


class Linear(Module):
    def __init__(self, d_in, d_out, rng):
        self.W, self.b = Tensor([[0.0]]), Tensor([0.0])


class Sequential(Module):
    def __init__(self, *layers):
        self.layers = layers


class SGD:
    def __init__(self, parameters, lr, momentum=0.0):
        self.lr = lr

    def step(self):
        return None


def train(model, optimizer, X, y, batches):
    return [0.0 for _ in batches]
