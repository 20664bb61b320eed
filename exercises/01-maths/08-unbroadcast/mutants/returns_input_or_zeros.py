"""task: 1

You return zeros of the right shape. Every number of g has to be added somewhere.
"""

import numpy as np


def unbroadcast(g, shape):
    return np.zeros(shape, dtype=g.dtype)
