"""task: 1

You add a small constant inside the logarithm, so the loss cannot exceed about 14: a model that is
sure and wrong is let off lightly, and every loss is a bit off. Work with the score itself, and no
constant is needed.
"""

import numpy as np


def _sigmoid(z):
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-z))


def bce(z, y):
    p = _sigmoid(z)
    loss = -(y * np.log(p + 1e-6) + (1 - y) * np.log(1 - p + 1e-6)).mean()
    return loss, (p - y) / len(z)


def train(X, y, lr, steps):
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(steps):
        dz = bce(X @ w + b, y)[1]
        w = w - lr * (X.T @ dz)
        b = b - lr * dz.sum()
    return w, b
