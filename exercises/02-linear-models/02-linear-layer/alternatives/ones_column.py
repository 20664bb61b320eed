"""Glues a column of ones to x, so that bias and weights are one matrix with one gradient."""

import numpy as np


def linear_fwd(x, W, b):
    wide = np.concatenate([x, np.ones((len(x), 1), dtype=x.dtype)], axis=1)
    full = np.vstack([W, b])
    return wide @ full, (wide, full)


def linear_bwd(dout, cache):
    wide, full = cache
    gradient = wide.T @ dout
    return (dout @ full.T)[:, :-1], gradient[:-1], gradient[-1]
