"""task: 1

You average over the stretched axes. Nudge one number that was copied three times, and three places
move: the effects add up, and nothing divides them by three.
"""

import numpy as np


def unbroadcast(g, shape):
    added = g.ndim - len(shape)
    stretched = tuple(added + i for i, size in enumerate(shape) if size == 1)
    total = g.mean(axis=tuple(range(added)) + stretched, keepdims=True)
    return np.array(total.reshape(shape))
