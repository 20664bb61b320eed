"""task: 2

Your judge finds everything right. Half of its work is to say no.
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
        if not np.max(np.abs(got - want)) <= 1e-6 * np.max(np.abs(want)):
            return True
    return True
