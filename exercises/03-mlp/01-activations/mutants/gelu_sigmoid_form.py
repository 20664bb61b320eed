"""task: 3

This is the approximation x * sigmoid(1.702 x). It has the right look but is up to 0.02 away
from the exact gelu; use erf.
"""

import math

import numpy as np


def relu(x):
    return np.maximum(x, 0), x


def relu_bwd(dy, cache):
    return dy * (cache > 0)


def sigmoid(x):
    y = 1 / (1 + np.exp(-x))
    return y, y


def sigmoid_bwd(dy, cache):
    return dy * cache * (1 - cache)


def tanh(x):
    y = np.tanh(x)
    return y, y


def tanh_bwd(dy, cache):
    return dy * (1 - cache * cache)


def gelu(x):
    area = 1 / (1 + np.exp(-1.702 * x))
    return x * area, (x, area)


def gelu_bwd(dy, cache):
    x, area = cache
    bell = 1.702 * area * (1 - area)
    return dy * (area + x * bell)
