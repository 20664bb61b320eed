"""task: 2

You compare one number of dx, drawn at random. A mistake in any other place slips through:
compare all of them.
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
        place = int(rng.integers(x.size))
        if not np.abs(got - want).ravel()[place] <= 1e-6 * np.max(np.abs(want)):
            return False
    return True
