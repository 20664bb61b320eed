"""task: 1, 2

You nudge x itself and do not put it back exactly. Whoever called you finds another x than
before.
"""

import numpy as np


def numeric_vjp(f, x, dy, h=1e-5):
    dx = np.zeros(x.shape)
    for index in np.ndindex(*x.shape):
        x[index] += h
        above = f(x)
        x[index] -= 2 * h
        dx[index] = np.sum(dy * (above - f(x))) / (2 * h)
        x[index] += h * (1 + 1e-9)
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
