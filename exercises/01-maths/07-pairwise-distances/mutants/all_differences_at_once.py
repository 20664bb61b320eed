"""task: 2

Your distances are right, and you build the difference of every pair at once. For 2000 by 2000
points with 64 coordinates that is 2 GB. Work through the rows of P in blocks, or use a matrix
product.
"""

import numpy as np


def pairwise(P, Q):
    block = P[:, None, :] - Q[None, :, :]
    return np.sqrt((block * block).sum(axis=-1))
