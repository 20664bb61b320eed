"""task: 1

For the shape () you return a bare number. Code that uses gradients writes into them in place, and
that works only with an array: wrap it in np.array.
"""

import numpy as np


def unbroadcast(g, shape):
    if shape == ():
        return float(g.sum())
    added = g.ndim - len(shape)
    stretched = tuple(added + i for i, size in enumerate(shape) if size == 1)
    total = g.sum(axis=tuple(range(added)) + stretched, keepdims=True)
    return np.array(total.reshape(shape))
