"""task: 1

Your numbers are right, but f is called more often than 2 times per entry. For a network, each call
is a whole forward pass, so the extra calls cost real time.
"""

import numpy as np


def numeric_grad(f, x, h=1e-5):
    work = np.array(x, dtype=np.float64)
    grad = np.empty(work.shape)
    for i in np.ndindex(work.shape):
        f(work)
        old = work[i]
        work[i] = old + h
        above = f(work)
        work[i] = old - h
        below = f(work)
        work[i] = old
        grad[i] = (above - below) / (2 * h)
    return grad
