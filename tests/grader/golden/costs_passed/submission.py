import numpy as np


def dot(a, b):
    return float(np.dot(a, b))


def largest_gap(x):
    return float(x.max() - x.min())
