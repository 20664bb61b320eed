"""Loops over the batch and adds up what every example contributes."""

import numpy as np


class _Cache:
    def __init__(self, x, W):
        self.x, self.W = x, W


def linear_fwd(x, W, b):
    return np.array([row @ W + b for row in x]).reshape(len(x), W.shape[1]), _Cache(x, W)


def linear_bwd(dout, cache):
    dx = np.zeros_like(cache.x)
    dW = np.zeros_like(cache.W)
    db = np.zeros(dout.shape[1], dtype=dout.dtype)
    for n, row in enumerate(dout):
        dx[n] = cache.W @ row
        dW += np.outer(cache.x[n], row)
        db += row
    return dx, dW, db
