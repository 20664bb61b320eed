"""All inputs meet their weights in one product; the states are written into an array made beforehand."""

import numpy as np


def rnn(x, h0, Wx, Wh, b):
    drive = np.einsum("ntd,dh->nth", x, Wx) + b
    h = np.empty_like(drive)
    for t in range(drive.shape[1]):
        before = h[:, t - 1] if t else h0
        h[:, t] = np.tanh(drive[:, t] + before @ Wh)
    return h
