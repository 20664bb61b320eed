import numpy as np


def scale(x, factor):
    return x * factor


def centre(x):
    return x - x.sum(axis=0, keepdims=True) / len(x)


def solve(a, b):
    return np.linalg.lstsq(a, b, rcond=None)[0]

solve(np.ones((2, 2)), np.ones(3))
