"""task: 2

Your distances are right and slow: Python visits every pair of points. Let numpy work on a whole row
or a block of rows at a time.
"""

import numpy as np


def pairwise(P, Q):
    D = np.empty((len(P), len(Q)), dtype=np.result_type(P, Q))
    for i in range(len(P)):
        for j in range(len(Q)):
            gap = P[i] - Q[j]
            D[i, j] = np.sqrt((gap * gap).sum())
    return D
