"""Glues a column of ones to x, so that w and b are one vector with one slope."""

import numpy as np


def fit(x, y, lr, steps):
    wide = np.hstack([x, np.ones((len(x), 1))])
    theta = np.zeros(wide.shape[1])
    target = y.ravel()
    losses = []
    for _ in range(steps):
        error = wide @ theta - target
        losses.append(np.mean(error**2))
        theta -= lr * 2 / len(x) * (error @ wide)
    return theta[:-1, None].copy(), theta[-1:].copy(), np.array(losses, dtype=float)
