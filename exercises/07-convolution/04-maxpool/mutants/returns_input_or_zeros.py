"""task: 1, 2

You return zeros. Each number of the output is a pixel, the largest of its window; and each message
goes to that pixel.
"""

import numpy as np


def pool_fwd(x, k, stride, pad=(0, 0)):
    size = [(n + 2 * p - a) // s + 1 for n, a, s, p in zip(x.shape[2:], k, stride, pad)]
    return np.zeros((*x.shape[:2], *size), dtype=x.dtype), x


def pool_bwd(dout, cache):
    return np.zeros(cache.shape, dtype=dout.dtype)
