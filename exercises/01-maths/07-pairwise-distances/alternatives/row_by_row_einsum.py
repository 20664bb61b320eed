"""Takes one point of P at a time; einsum squares and sums without a second array."""

import numpy as np


def pairwise(P, Q):
    def distances_from(p):
        gap = Q - p
        return np.sqrt(np.einsum("md,md->m", gap, gap))

    return np.stack([distances_from(p) for p in P])
