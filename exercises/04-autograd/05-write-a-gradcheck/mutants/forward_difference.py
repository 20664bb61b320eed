"""task: 1, 2

You measure (f(x + h) - f(x)) / h. Its error shrinks only as fast as h, and for a curvy function
a right backward pass looks wrong. Nudge both ways and divide by 2h.
"""

import numpy as np


def numeric_vjp(f, x, dy, h=1e-5):
    dx = np.zeros(x.shape)
    for index in np.ndindex(*x.shape):
        up, down = x.copy(), x.copy()
        up[index] += h
        dx[index] = np.sum(dy * (f(up) - f(down))) / h
    return dx


def gradcheck(f, f_bwd, x, rng):
    for _ in range(3):
        dy = rng.standard_normal(np.shape(f(x)))
        want, got = numeric_vjp(f, x, dy), f_bwd(dy, x)
        if got.shape != x.shape:
            return False
        if not np.max(np.abs(got - want)) <= 1e-6 * np.max(np.abs(want)):
            return False
    return True
