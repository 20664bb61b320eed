"""task: 1, 2, 3

Your functions return zeros. Begin with one step forward: two gates, one candidate, and the blend of the
candidate with the state before.
"""

import numpy as np


def gru_fwd(x, h0, Wx, Wh, bx, bh, variant):
    return np.zeros((*x.shape[:2], h0.shape[1]), dtype=x.dtype), (x, h0, Wx, Wh, bx, bh)


def gru_bwd(dh, cache):
    return tuple(np.zeros_like(array) for array in cache)
