"""task: 1, 2

You treat the answers as +1 and -1. Here they are 1 and 0, and with 0 your formula forgets the
examples that say no.
"""

import numpy as np


def bce(z, y):
    e = np.exp(-np.abs(z * y))
    loss = (np.maximum(-z * y, 0) + np.log1p(e)).mean()
    p = np.where(z * y >= 0, e, 1) / (1 + e)
    return loss, -y * p / len(z)


def train(X, y, lr, steps):
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(steps):
        dz = bce(X @ w + b, y)[1]
        w = w - lr * (X.T @ dz)
        b = b - lr * dz.sum()
    return w, b
