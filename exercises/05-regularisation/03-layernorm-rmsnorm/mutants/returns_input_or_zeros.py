"""task: 1, 2, 3, 4

You return what came in, and zeros for g and b. The numbers of each example have to be scaled.
"""

import numpy as np


def ln_fwd(x, g, b, eps=1e-5):
    return x.copy(), g


def ln_bwd(dy, cache):
    return dy.copy(), np.zeros_like(cache), np.zeros_like(cache)


def rms_fwd(x, g, eps=1e-5):
    return x.copy(), g


def rms_bwd(dy, cache):
    return dy.copy(), np.zeros_like(cache)
