"""task: 1

Your relu remembers its input outside the cache, so a second forward call overwrites what the
first one needs. Put everything that backward needs into the cache you return.
"""

import math

import numpy as np


_last = {}


def relu(x):
    _last["x"] = x
    return np.maximum(x, 0), x


def relu_bwd(dy, cache):
    return dy * (_last["x"] > 0)


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
    area = (1 + erf(x / math.sqrt(2))) / 2
    return x * area, (x, area)


def gelu_bwd(dy, cache):
    x, area = cache
    bell = np.exp(-x * x / 2) / math.sqrt(2 * math.pi)
    return dy * (area + x * bell)
