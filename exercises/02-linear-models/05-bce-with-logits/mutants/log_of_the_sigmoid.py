"""task: 1

You take the logarithm of the probability as on paper. For large scores the probability rounds to
exactly 0 or 1, and the logarithm of 0 is infinite. Shorten the formula on paper first, so that the
logarithm is taken of something near 1.
"""

import numpy as np


def _sigmoid(z):
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-z))


def bce(z, y):
    p = _sigmoid(z)
    with np.errstate(divide="ignore", invalid="ignore"):
        loss = -(y * np.log(p) + (1 - y) * np.log(1 - p)).mean()
    return loss, (p - y) / len(z)


def train(X, y, lr, steps):
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(steps):
        dz = bce(X @ w + b, y)[1]
        w = w - lr * (X.T @ dz)
        b = b - lr * dz.sum()
    return w, b
