"""task: 1

Your bias stays at zero. It has a slope like every parameter: the sum of the slopes of all
predictions.
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
    return w, b, losses
