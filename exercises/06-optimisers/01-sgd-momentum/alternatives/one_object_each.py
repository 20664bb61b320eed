"""One small object for each parameter; Nesterov's step is two strokes, along velocity and gradient."""

import numpy as np


class Rolling:
    def __init__(self, array):
        self.array = array
        self.speed = np.zeros(array.shape, array.dtype)

    def roll(self, g, lr, share, ahead):
        self.speed *= share
        self.speed += g
        along = share if ahead else 1.0
        self.array -= (lr * along) * self.speed
        if ahead:
            self.array -= lr * g


class SGD:
    def __init__(self, params, lr, momentum=0.0, nesterov=False):
        self.rolling = [Rolling(array) for array in params]
        self.lr, self.share, self.ahead = lr, momentum, nesterov

    def step(self, grads):
        for one, g in zip(self.rolling, grads):
            if g is None:
                continue
            one.roll(g, self.lr, self.share, self.ahead)
