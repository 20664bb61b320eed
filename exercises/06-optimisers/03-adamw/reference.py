"""AdamW (Loshchilov and Hutter 2017, algorithm 2, as PyTorch scales it): the decay stays out of the means."""

import numpy as np


def decay_list(params, weight_decay):
    return [weight_decay if p.ndim >= 2 else 0.0 for p in params]


class AdamW:
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        if not isinstance(weight_decay, list):
            weight_decay = [weight_decay] * len(params)
        self.params, self.lr, self.betas, self.eps = params, lr, betas, eps
        self.decays = weight_decay
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
            p *= 1 - self.lr * self.decays[place]
            p -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)
