"""Builds the two points as pairs first and divides the actual distance between them."""

import numpy as np


def slope_at(f, x, h=1e-5):
    xs = np.array([x - h, x + h], dtype=np.float64)
    ys = [f(float(point)) for point in xs]
    rise = ys[1] - ys[0]
    run = xs[1] - xs[0]
    return float(rise / run)
