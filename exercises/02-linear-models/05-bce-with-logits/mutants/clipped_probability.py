"""task: 1

You clip the probability before the logarithm. The loss then stops growing at about 16, where the
model is most wrong. Work with the score itself, and nothing has to be clipped.
"""

import numpy as np


def _sigmoid(z):
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-z))


def bce(z, y):
    p = _sigmoid(z)
    q = np.clip(p, 1e-7, 1 - 1e-7)
    loss = -(y * np.log(q) + (1 - y) * np.log(1 - q)).mean()
    return loss, (p - y) / len(z)


def train(X, y, lr, steps):
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(steps):
        dz = bce(X @ w + b, y)[1]
        w = w - lr * (X.T @ dz)
        b = b - lr * dz.sum()
    return w, b
