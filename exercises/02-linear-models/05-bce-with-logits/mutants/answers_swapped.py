"""task: 1, 2

You take a high score as a vote for no. The sigmoid of the score is the probability of yes, so y
belongs to log p, and 1 - y to log(1 - p).
"""

import numpy as np


def bce(z, y):
    y = 1 - y
    e = np.exp(-np.abs(z))
    loss = (np.maximum(z, 0) - z * y + np.log1p(e)).mean()
    p = np.where(z >= 0, 1, e) / (1 + e)
    return loss, (p - y) / len(z)


def train(X, y, lr, steps):
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(steps):
        dz = bce(X @ w + b, y)[1]
        w = w - lr * (X.T @ dz)
        b = b - lr * dz.sum()
    return w, b
