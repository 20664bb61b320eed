"""task: 1

You compare each nudge with f(x) itself. That one-sided slope is off by an amount that grows with h.
Nudge to both sides and divide by 2h.
"""

import numpy as np


def numeric_grad(f, x, h=1e-5):
    work = np.array(x, dtype=np.float64)
    here = f(work)
    grad = np.empty(work.shape)
    for i in np.ndindex(work.shape):
        old = work[i]
        work[i] = old + h
        grad[i] = (f(work) - here) / h
        work[i] = old
    return grad
