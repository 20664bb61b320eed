import numpy as np


def dot(a, b):
    return float(sum(p * q for p, q in zip(a, b)))


def largest_gap(x):
    return float(x.max() - x.min())
