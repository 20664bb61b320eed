"""task: 2

You measure each difference against its own number. Where a gradient is nearly zero, rounding
alone then looks like a mistake: measure against the largest number of the gradient.
"""

import numpy as np


def numeric_vjp(f, x, dy, h=1e-5):
    dx = np.zeros(x.shape)
    for index in np.ndindex(*x.shape):
        up, down = x.copy(), x.copy()
        up[index] += h
        down[index] -= h
        dx[index] = np.sum(dy * (f(up) - f(down))) / (2 * h)
    return dx


def gradcheck(f, f_bwd, x, rng):
    for _ in range(3):
        dy = rng.standard_normal(np.shape(f(x)))
        want, got = numeric_vjp(f, x, dy), f_bwd(dy, x)
        if got.shape != x.shape:
            return False
        if not np.all(np.abs(got - want) <= 1e-9 * np.abs(want)):
            return False
    return True
