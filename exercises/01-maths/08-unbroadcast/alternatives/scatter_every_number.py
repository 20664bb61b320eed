"""Goes through all numbers of g and adds each one to the place it was copied from."""

import numpy as np


def unbroadcast(g, shape):
    out = np.zeros(shape, dtype=g.dtype)
    added = g.ndim - len(shape)
    for index in np.ndindex(g.shape):
        home = tuple(0 if size == 1 else i for i, size in zip(index[added:], shape))
        out[home] += g[index]
    return out
