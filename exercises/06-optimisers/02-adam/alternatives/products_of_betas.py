"""Keeps beta**t as a product that grows with each gradient, and moves the means towards what is new."""

import numpy as np


def running_mean(values, beta):
    out = values.copy()
    mean, left = values[0] * 0, 1.0
    for t in range(values.shape[0]):
        mean = mean + (1 - beta) * (values[t] - mean)
        left *= beta
        out[t] = mean / (1 - left)
    return out


class Adam:
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        self.params = list(params)
        self.lr, self.betas, self.eps = lr, betas, eps
        self.m = [np.zeros(p.shape, p.dtype) for p in self.params]
        self.v = [np.zeros(p.shape, p.dtype) for p in self.params]
        self.left = [[1.0, 1.0] for _ in self.params]

    def step(self, grads):
        for i in range(len(self.params)):
            g = grads[i]
            if g is None:
                continue
            self.left[i] = [a * b for a, b in zip(self.left[i], self.betas)]
            self.m[i] += (1 - self.betas[0]) * (g - self.m[i])
            self.v[i] += (1 - self.betas[1]) * (np.square(g) - self.v[i])
            m_hat = self.m[i] / (1 - self.left[i][0])
            v_hat = self.v[i] / (1 - self.left[i][1])
            np.subtract(self.params[i], self.lr * m_hat / (v_hat**0.5 + self.eps), out=self.params[i])
