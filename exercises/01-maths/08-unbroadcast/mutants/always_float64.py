"""task: 1

Your result is float64 even when g is float32. A gradient has the dtype of what it belongs to.
"""

import numpy as np


def unbroadcast(g, shape):
    added = g.ndim - len(shape)
    stretched = tuple(added + i for i, size in enumerate(shape) if size == 1)
    total = g.sum(axis=tuple(range(added)) + stretched, keepdims=True, dtype=np.float64)
    return np.array(total.reshape(shape))
