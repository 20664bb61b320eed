"""Waves of many lengths, and rotations of pairs; the angles are always worked out in float64."""

import numpy as np


def angles(pos, d, base=1e4):
    return pos[:, None] / base ** (np.arange(0, d, 2) / d)


def sinusoidal(T, d):
    a = angles(np.arange(T), d)
    table = np.empty((T, d))
    table[:, 0::2] = np.sin(a)
    table[:, 1::2] = np.cos(a)
    return table


def rope(x, pos, base=1e4):
    a = angles(pos, x.shape[-1], base)
    left, right = x[..., 0::2], x[..., 1::2]
    turned = np.empty(x.shape, x.dtype)
    turned[..., 0::2] = left * np.cos(a) - right * np.sin(a)
    turned[..., 1::2] = left * np.sin(a) + right * np.cos(a)
    return turned
