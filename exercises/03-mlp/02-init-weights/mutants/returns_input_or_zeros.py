"""task: 1, 2

Your weights are all zero. Then every hidden unit is the same and no gradient can tell them
apart: draw random numbers.
"""

import numpy as np


def kaiming(shape, rng, mode="fan_in"):
    return np.zeros(shape)


def xavier(shape, rng):
    return np.zeros(shape)
