"""Every cache is the local slope, so all four backward passes are one multiplication."""

import math

import numpy as np


def _times(dy, slope):
    return dy * slope


def relu(x):
    slope = (x > 0).astype(x.dtype)
    return x * slope, slope


def sigmoid(x):
    half = np.tanh(x / 2) / 2
    return 0.5 + half, (0.5 + half) * (0.5 - half)


def tanh(x):
    y = np.tanh(x)
    return y, 1 - y**2


def gelu(x):
    phi = 0.5 * (1 + erf(x * math.sqrt(0.5)))
    return x * phi, phi + x * np.exp(-0.5 * x**2) * (2 * math.pi) ** -0.5


relu_bwd = sigmoid_bwd = tanh_bwd = gelu_bwd = _times
