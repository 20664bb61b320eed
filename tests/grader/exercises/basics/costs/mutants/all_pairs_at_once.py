"""task: 2

Right, but every pair is in memory at once.
"""

import numpy as np


def dot(a, b):
    return float(a @ b)


def largest_gap(x):
    return float(np.abs(x[:, None] - x[None, :]).max())
