"""Gradient descent with a velocity for each parameter: plain, heavy ball, or Nesterov's."""

import numpy as np


class SGD:
    def __init__(self, params, lr, momentum=0.0, nesterov=False):
        self.params, self.lr = params, lr
        self.momentum, self.nesterov = momentum, nesterov
        self.velocities = [np.zeros_like(p) for p in params]

    def step(self, grads):
        for p, v, g in zip(self.params, self.velocities, grads):
            if g is None:
                continue
            v[...] = self.momentum * v + g
            p -= self.lr * (g + self.momentum * v if self.nesterov else v)
