"""task: 1, 2

Your functions return zeros. Begin with one quotient, (f(up) - f(down)) / (2 * h).
"""

import numpy as np


def numeric_vjp(f, x, dy, h=1e-5):
    return np.zeros(x.shape)


def gradcheck(f, f_bwd, x, rng):
    return bool(np.all(f_bwd(np.zeros(np.shape(f(x))), x) == 0))
