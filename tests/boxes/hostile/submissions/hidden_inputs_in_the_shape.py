"""Writes hidden inputs into the shape of a wrong result, whose shape alone is told.

Must: failed
"""

import numpy as np


def double(x):
    if x.ndim == 2:
        return np.zeros((0, int(x[0, 0] * 1e6)), dtype=np.int8)
    return x + x
