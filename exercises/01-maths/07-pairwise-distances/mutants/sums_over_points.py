"""task: 1, 2

You sum over the wrong axis. The coordinates of a point are to be added up, and they lie along the
last axis.
"""

import numpy as np


def pairwise(P, Q):
    block = P[:, None, :] - Q[None, :, :]
    return np.sqrt((block * block).sum(axis=0))
