"""task: 1, 2

You return squared distances. The square root is still to be taken.
"""

import numpy as np


def pairwise(P, Q):
    """The differences themselves, for a block of rows of P at a time."""
    D = np.empty((len(P), len(Q)), dtype=np.result_type(P, Q))
    rows = 32
    for start in range(0, len(P), rows):
        block = P[start : start + rows, None, :] - Q[None, :, :]
        D[start : start + rows] = (block * block).sum(axis=-1)
    return D
