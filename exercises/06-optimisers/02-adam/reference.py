"""Adam (Kingma and Ba 2014, algorithm 1): corrected running means of the gradient and of its square."""

import numpy as np


def running_mean(values, beta):
    mean, corrected = np.zeros_like(values[0]), np.empty_like(values)
    for t, value in enumerate(values, 1):
        mean = beta * mean + (1 - beta) * value
        corrected[t - 1] = mean / (1 - beta**t)
    return corrected


class Adam:
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        self.params, self.lr, self.betas, self.eps = params, lr, betas, eps
        self.means = [np.zeros_like(p) for p in params]
        self.squares = [np.zeros_like(p) for p in params]
        self.counts = [0] * len(params)

    def step(self, grads):
        beta1, beta2 = self.betas
        for place, (p, g) in enumerate(zip(self.params, grads)):
            if g is None:
                continue
            self.counts[place] += 1
            t, m, v = self.counts[place], self.means[place], self.squares[place]
            m[...] = beta1 * m + (1 - beta1) * g
            v[...] = beta2 * v + (1 - beta2) * g * g
            m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
            p -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)
