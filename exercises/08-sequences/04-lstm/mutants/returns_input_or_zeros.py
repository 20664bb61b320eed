"""task: 1, 2

Your functions return zeros. Begin with one step forward: four sums, three sigmoids and a tanh, the new
cell, the new state.
"""

import numpy as np


def lstm_fwd(x, h0, c0, Wx, Wh, b):
    h = np.zeros((*x.shape[:2], h0.shape[1]), dtype=x.dtype)
    return h, np.zeros_like(c0), (x, h0, c0, Wx, Wh, b)


def lstm_bwd(dh, dc, cache):
    return tuple(np.zeros_like(array) for array in cache)
