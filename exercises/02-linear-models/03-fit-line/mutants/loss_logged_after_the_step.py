"""task: 1

You log the loss after the step. The curve is then shifted by one, and its first point, what the
untrained model costs, is missing.
"""

import numpy as np


def fit(x, y, lr, steps):
    w = np.zeros((x.shape[1], 1))
    b = np.zeros(1)
    losses = np.empty(steps)
    for t in range(steps):
        d = x @ w + b - y
        g = 2 * d / len(x)
        dw, db = x.T @ g, g.sum(axis=0)
        w = w - lr * dw
        b = b - lr * db
        losses[t] = ((x @ w + b - y) ** 2).mean()
    return w, b, losses
