"""task: 1

Your copy of x keeps its type. When x holds whole numbers, adding h is cut off and f sees no change
at all, so every slope comes out as 0. Make the copy an array of floats.
"""

import numpy as np


def numeric_grad(f, x, h=1e-5):
    work = x.copy()
    grad = np.empty(work.shape)
    for i in np.ndindex(work.shape):
        old = work[i].copy()
        work[i] = old + h
        above = f(work)
        work[i] = old - h
        below = f(work)
        work[i] = old
        grad[i] = (above - below) / (2 * h)
    return grad
