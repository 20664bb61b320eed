"""task: 1

You stop as soon as the loss rises or hardly changes. The caller asked for a number of steps and
reads one loss for each of them.
"""

import numpy as np


def fit(x, y, lr, steps):
    w = np.zeros((x.shape[1], 1))
    b = np.zeros(1)
    losses = np.zeros(steps)
    for t in range(steps):
        d = x @ w + b - y
        losses[t] = (d * d).mean()
        if t and abs(losses[t] - losses[t - 1]) < 1e-3 * losses[t]:
            break
        g = 2 * d / len(x)
        dw, db = x.T @ g, g.sum(axis=0)
        w = w - lr * dw
        b = b - lr * db
    return w, b, losses
