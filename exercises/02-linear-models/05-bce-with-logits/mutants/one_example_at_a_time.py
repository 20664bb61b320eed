"""task: 2

You take a step after each row. The task asks for one step per pass, with the slope of the mean over
all rows.
"""

import numpy as np


def bce(z, y):
    e = np.exp(-np.abs(z))
    loss = (np.maximum(z, 0) - z * y + np.log1p(e)).mean()
    p = np.where(z >= 0, 1, e) / (1 + e)
    return loss, (p - y) / len(z)


def train(X, y, lr, steps):
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(steps):
        for row, answer in zip(X, y):
            dz = bce(np.array([row @ w + b]), np.array([answer]))[1][0]
            w = w - lr * dz * row / len(X)
            b = b - lr * dz / len(X)
    return w, b
