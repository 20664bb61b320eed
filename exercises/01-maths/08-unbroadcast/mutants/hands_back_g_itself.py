"""task: 1

When nothing was stretched you hand back g itself. Two gradients then share one piece of memory, and
adding to one of them later changes the other. Return a copy.
"""

import numpy as np


def unbroadcast(g, shape):
    if g.shape == tuple(shape):
        return g
    added = g.ndim - len(shape)
    stretched = tuple(added + i for i, size in enumerate(shape) if size == 1)
    total = g.sum(axis=tuple(range(added)) + stretched, keepdims=True)
    return np.array(total.reshape(shape))
