"""task: 2

You average along the rows; each column has an average of its own.
"""

import numpy as np


def scale(x, factor):
    return x * factor


def centre(x):
    return x - x.sum(axis=1, keepdims=True) / x.shape[1]


def solve(a, b):
    return np.linalg.lstsq(a, b, rcond=None)[0]
