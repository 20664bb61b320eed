"""task: 1

You move w first and compute the slope of b afterwards, with the new w. Both slopes belong to one
prediction: compute both, then move both.
"""

import numpy as np


def fit(x, y, lr, steps):
    w = np.zeros((x.shape[1], 1))
    b = np.zeros(1)
    losses = np.empty(steps)
    for t in range(steps):
        d = x @ w + b - y
        losses[t] = (d * d).mean()
        g = 2 * d / len(x)
        w = w - lr * (x.T @ g)
        b = b - lr * (2 * (x @ w + b - y) / len(x)).sum(axis=0)
    return w, b, losses
