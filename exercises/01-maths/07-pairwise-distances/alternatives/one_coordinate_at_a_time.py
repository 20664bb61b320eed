"""Loops over the d coordinates: each one adds its squared differences to an (n, m) table."""

import numpy as np


def pairwise(P, Q):
    total = np.zeros((P.shape[0], Q.shape[0]), dtype=np.result_type(P, Q))
    for p, q in zip(P.T, Q.T):
        gap = np.subtract.outer(p, q)
        gap *= gap
        total += gap
    return np.sqrt(total)
