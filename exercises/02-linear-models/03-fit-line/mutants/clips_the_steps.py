"""task: 1

You cut large slopes down. With a learning rate that is too large the loss is meant to grow: a curve
that hides it would hide the mistake as well.
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
        dw, db = np.clip(x.T @ g, -1e3, 1e3), np.clip(g.sum(axis=0), -1e3, 1e3)
        w = w - lr * dw
        b = b - lr * db
    return w, b, losses
