"""task: 1

Your function returns zeros. Work out one step first: the input times Wx, plus the state before
times Wh, plus the bias, through tanh.
"""

import numpy as np


def rnn(x, h0, Wx, Wh, b):
    return np.zeros((x.shape[0], x.shape[1], len(b)), dtype=x.dtype)
