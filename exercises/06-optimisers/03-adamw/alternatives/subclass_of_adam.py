"""Adam as a class of its own, and AdamW as Adam that shrinks its parameters first."""

import numpy as np


class Adam:
    def __init__(self, params, lr, betas, eps):
        self.arrays, self.lr, self.eps = [*params], lr, eps
        self.b1, self.b2 = betas
        self.m = [0 * p for p in params]
        self.v = [0 * p for p in params]
        self.left = [(1.0, 1.0)] * len(self.arrays)

    def step(self, grads):
        for i, g in enumerate(grads):
            if g is None:
                continue
            first, second = self.left[i]
            self.left[i] = (first * self.b1, second * self.b2)
            self.m[i] = self.m[i] + (1 - self.b1) * (g - self.m[i])
            self.v[i] = self.v[i] + (1 - self.b2) * (g * g - self.v[i])
            root = np.sqrt(self.v[i] / (1 - self.left[i][1])) + self.eps
            self.arrays[i] -= self.lr * (self.m[i] / (1 - self.left[i][0])) / root


class AdamW(Adam):
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        super().__init__(params, lr, betas, eps)
        if isinstance(weight_decay, (int, float)):
            weight_decay = [weight_decay] * len(self.arrays)
        self.weight_decay = list(weight_decay)

    def step(self, grads):
        for p, g, decay in zip(self.arrays, grads, self.weight_decay):
            if g is not None:
                p -= self.lr * decay * p
        super().step(grads)


def decay_list(params, weight_decay):
    return list(map(lambda p: 0.0 if p.ndim in (0, 1) else weight_decay, params))
