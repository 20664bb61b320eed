"""task: 1

Your state holds the very arrays of the parameters, so it changes when they do, and nothing has
been saved. Copy them.
"""

import numpy as np


class Module:
    def __call__(self, *inputs):
        return self.forward(*inputs)

    def named_parameters(self):
        found, seen = [], set()

        def look(name, thing):
            if isinstance(thing, Tensor) and id(thing) not in seen:
                seen.add(id(thing))
                found.append((name, thing))
            elif isinstance(thing, Module):
                for key, inner in vars(thing).items():
                    look(f"{name}.{key}", inner)
            elif isinstance(thing, list | tuple):
                for place, inner in enumerate(thing):
                    look(f"{name}.{place}", inner)

        for key, thing in vars(self).items():
            look(key, thing)
        return found

    def parameters(self):
        return [tensor for _, tensor in self.named_parameters()]

    def zero_grad(self):
        for tensor in self.parameters():
            tensor.grad = np.zeros(tensor.data.shape)

    def state(self):
        return {name: tensor.data for name, tensor in self.named_parameters()}

    def load_state(self, state):
        for name, tensor in self.named_parameters():
            tensor.data = state[name].copy()


class Linear(Module):
    def __init__(self, d_in, d_out, rng):
        self.W = Tensor(rng.standard_normal((d_in, d_out)) * np.sqrt(2 / d_in))
        self.b = Tensor(np.zeros(d_out))

    def forward(self, x):
        return x @ self.W + self.b


class Sequential(Module):
    def __init__(self, *layers):
        self.layers = layers

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


class SGD:
    def __init__(self, parameters, lr, momentum=0.0):
        self.parameters, self.lr, self.momentum = parameters, lr, momentum
        self.velocities = [0.0] * len(parameters)

    def step(self):
        for place, p in enumerate(self.parameters):
            self.velocities[place] = self.momentum * self.velocities[place] + p.grad
            p.data = p.data - self.lr * self.velocities[place]


def train(model, optimizer, X, y, batches):
    losses = []
    for rows in batches:
        model.zero_grad()
        loss = cross_entropy(model(Tensor(X[rows])), y[rows])
        loss.backward()
        optimizer.step()
        losses.append(float(loss.data))
    return losses
