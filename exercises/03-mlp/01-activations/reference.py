"""Four activations: forward returns (y, cache), backward turns dy into dx."""

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
    area = (1 + erf(x / math.sqrt(2))) / 2
    return x * area, (x, area)


def gelu_bwd(dy, cache):
    x, area = cache
    bell = np.exp(-x * x / 2) / math.sqrt(2 * math.pi)
    return dy * (area + x * bell)
