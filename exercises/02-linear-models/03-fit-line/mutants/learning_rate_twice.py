"""task: 1

The step of b is multiplied by the learning rate twice, so the bias hardly moves.
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
        dw, db = x.T @ g, g.sum(axis=0)
        w = w - lr * dw
        b = b - lr * lr * db
    return w, b, losses
