"""task: 1, 2

You return zeros. Each entry is the distance between one point of P and one point of Q.
"""

import numpy as np


def pairwise(P, Q):
    return np.zeros((len(P), len(Q)), dtype=P.dtype)
