import numpy as np


def scale(x, factor):
    return x * factor


def centre(x):
    while True: pass
    return x - x.sum(axis=0, keepdims=True) / len(x)


def solve(a, b):
    return np.linalg.lstsq(a, b, rcond=None)[0]
