"""task: 1

After measuring one direction you leave that entry nudged and go on to the next. From then on you
measure slopes at a point that drifts away from x. Put each entry back first.
"""

import numpy as np


def numeric_grad(f, x, h=1e-5):
    work = np.array(x, dtype=np.float64)
    grad = np.empty(work.shape)
    for i in np.ndindex(work.shape):
        old = work[i]
        work[i] = old + h
        above = f(work)
        work[i] = old - h
        below = f(work)
        grad[i] = (above - below) / (2 * h)
    return grad
