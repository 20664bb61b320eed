"""Another of the many solutions of the wide system."""

import numpy as np


def scale(x, factor):
    return x * factor + 0.0


def centre(x):
    return x - np.add.reduce(x) / x.shape[0]


def solve(a, b):
    n = a.shape[0]
    out = np.zeros(a.shape[1])
    out[:n] = np.linalg.solve(a[:, :n], b)
    return out
