"""task: 1

Your slopes lack the factor 2 that comes from the square. You still reach the same line, at half the
pace, and the logged losses are not those of the learning rate you were given.
"""

import numpy as np


def fit(x, y, lr, steps):
    w = np.zeros((x.shape[1], 1))
    b = np.zeros(1)
    losses = np.empty(steps)
    for t in range(steps):
        d = x @ w + b - y
        losses[t] = (d * d).mean()
        g = d / len(x)
        dw, db = x.T @ g, g.sum(axis=0)
        w = w - lr * dw
        b = b - lr * db
    return w, b, losses
