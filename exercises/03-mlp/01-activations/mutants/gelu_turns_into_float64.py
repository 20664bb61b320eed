"""task: 3

Your gelu turns a float32 array into float64. np.sqrt(2.0) is a numpy float64 number and pulls
the whole array up with it; math.sqrt gives a Python number, which does not.
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
    area = (1 + erf(x / np.sqrt(2.0))) / 2
    return x * area, (x, area)


def gelu_bwd(dy, cache):
    x, area = cache
    bell = np.exp(-x * x / 2) / math.sqrt(2 * math.pi)
    return dy * (area + x * bell)
