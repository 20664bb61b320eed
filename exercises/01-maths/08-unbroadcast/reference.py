import numpy as np


def unbroadcast(g, shape):
    """Sum over the axes at the front and over every axis that had size 1, then restore the ones."""
    added = g.ndim - len(shape)
    stretched = tuple(added + i for i, size in enumerate(shape) if size == 1)
    return np.array(g.sum(axis=tuple(range(added)) + stretched)).reshape(shape)
