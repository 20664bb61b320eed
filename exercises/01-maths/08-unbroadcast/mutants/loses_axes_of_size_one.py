"""task: 1

Your numbers are right, but the axes of size 1 are gone from the result. Keep them (keepdims=True),
so that the gradient has exactly the shape of the array it belongs to.
"""

import numpy as np


def unbroadcast(g, shape):
    added = g.ndim - len(shape)
    stretched = tuple(added + i for i, size in enumerate(shape) if size == 1)
    return np.array(g.sum(axis=tuple(range(added)) + stretched))
