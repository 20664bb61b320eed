"""task: 2

You subtract one average of the whole array; each column has its own.
"""

import numpy as np


def scale(x, factor):
    return x * factor


def centre(x):
    return x - x.sum() / x.size


def solve(a, b):
    return np.linalg.lstsq(a, b, rcond=None)[0]
