"""Loops over places and pairs, each pair turned by a small matrix."""

import math

import numpy as np


def _angle(place, pair, d, base):
    return place * math.exp(-2 * pair / d * math.log(base))


def sinusoidal(T, d):
    table = []
    for t in range(T):
        row = []
        for pair in range(d // 2):
            a = _angle(t, pair, d, 10000)
            row += [math.sin(a), math.cos(a)]
        table.append(row)
    return np.array(table)


def rope(x, pos, base=1e4):
    result = np.zeros_like(x)
    d = x.shape[-1]
    for t, place in enumerate(pos.tolist()):
        for pair in range(d // 2):
            a = _angle(place, pair, d, base)
            matrix = np.array([[math.cos(a), math.sin(a)], [-math.sin(a), math.cos(a)]])
            here = slice(2 * pair, 2 * pair + 2)
            result[..., t, here] = x[..., t, here] @ matrix
    return result
