"""task: 1, 2

Your functions return zeros. Begin with one step: send the message through the tanh, then into the
input, the state before, both weights and the bias.
"""

import numpy as np


def step_bwd(dh, x, h_before, h, Wx, Wh):
    return np.zeros_like(x), np.zeros_like(h), np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(h[0])


def rnn_fwd(x, h0, Wx, Wh, b):
    return np.zeros((*x.shape[:2], len(b)), dtype=x.dtype), (x, h0, Wx, Wh, b)


def rnn_bwd(dh, cache):
    return tuple(np.zeros_like(array) for array in cache)
