"""task: 1, 2

Your table is zeros, and your rows come out as they went in: nothing was turned. Begin with the angles, one
for each place and each pair.
"""

import numpy as np


def sinusoidal(T, d):
    return np.zeros((T, d))


def rope(x, pos, base=1e4):
    return x.copy()
