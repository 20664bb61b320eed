import numpy as np


def pairwise(P, Q):
    """All distances between the points P [n, d] and the points Q [m, d].

    Returns an array [n, m] of the same dtype.
    """
    ...
