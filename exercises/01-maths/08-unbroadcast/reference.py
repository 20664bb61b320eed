import numpy as np


def unbroadcast(g, shape):
    """Sum away the axes at the front, then every axis that had size 1."""
    added = g.ndim - len(shape)
    stretched = tuple(added + i for i, size in enumerate(shape) if size == 1)
    total = g.sum(axis=tuple(range(added)) + stretched, keepdims=True)
    return np.array(total.reshape(shape))
