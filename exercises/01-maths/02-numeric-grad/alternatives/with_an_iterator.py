"""Walks over a copy with numpy's nditer and restores each entry in place."""

import numpy as np


def numeric_grad(f, x, h=1e-5):
    point = np.asarray(x).astype(float, copy=True)
    grad = np.zeros_like(point)
    it = np.nditer(grad, flags=["multi_index", "zerosize_ok"], op_flags=["readwrite"])
    for cell in it:
        kept = point[it.multi_index]
        values = []
        for sign in (1, -1):
            point[it.multi_index] = kept + sign * h
            values.append(f(point))
        point[it.multi_index] = kept
        cell[...] = (values[0] - values[1]) / (2 * h)
    return grad
