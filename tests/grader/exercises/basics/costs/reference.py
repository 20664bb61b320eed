import numpy as np


def dot(a, b):
    return float(a @ b)


def largest_gap(x):
    best = 0.0
    for start in range(0, len(x), 64):
        best = max(best, float(np.abs(x[start : start + 64, None] - x[None, :]).max()))
    return best
