"""task: 1, 2

Nothing is averaged yet, and a step leaves only zeros. Begin with task 1: one running mean, and its
correction.
"""


def running_mean(values, beta):
    return values.copy()


class Adam:
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        self.params, self.lr = params, lr

    def step(self, grads):
        for p in self.params:
            p[...] = 0.0
