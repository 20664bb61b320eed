"""task: 1

You expand the square in float32. It has about 7 digits, the squares cancel, and the root leaves half of what
is left: equal points come out far from 0. Compute in float64 and convert at the end.
"""

import numpy as np


def pairwise(P, Q):
    centre = Q.mean(axis=0)
    P, Q = P - centre, Q - centre
    squares = (P * P).sum(axis=1)[:, None] + (Q * Q).sum(axis=1) - 2 * (P @ Q.T)
    return np.sqrt(np.maximum(squares, 0))
