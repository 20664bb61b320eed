"""task: 1

Your loss is safe for large scores and loses small numbers: 1 + 1e-16 is stored as exactly 1, and
its logarithm is 0. np.log1p(u) computes log(1 + u) with all digits.
"""

import numpy as np


def bce(z, y):
    e = np.exp(-np.abs(z))
    loss = (np.maximum(z, 0) - z * y + np.log(1 + e)).mean()
    p = np.where(z >= 0, 1, e) / (1 + e)
    return loss, (p - y) / len(z)


def train(X, y, lr, steps):
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(steps):
        dz = bce(X @ w + b, y)[1]
        w = w - lr * (X.T @ dz)
        b = b - lr * dz.sum()
    return w, b
