"""task: 1, 2

You add up the absolute differences, which is the length of a walk along the streets. The straight
line needs the root of the sum of the squares.
"""

import numpy as np


def pairwise(P, Q):
    """The differences themselves, for a block of rows of P at a time."""
    D = np.empty((len(P), len(Q)), dtype=np.result_type(P, Q))
    rows = 32
    for start in range(0, len(P), rows):
        block = P[start : start + rows, None, :] - Q[None, :, :]
        D[start : start + rows] = np.abs(block).sum(axis=-1)
    return D
