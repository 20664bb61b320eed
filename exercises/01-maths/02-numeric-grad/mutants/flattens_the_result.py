"""task: 1

You return a flat list of slopes. The gradient has the shape of x, so that slope and entry sit at
the same index.
"""

import numpy as np


def numeric_grad(f, x, h=1e-5):
    work = np.array(x, dtype=np.float64)
    grad = []
    for i in np.ndindex(work.shape):
        old = work[i]
        work[i] = old + h
        above = f(work)
        work[i] = old - h
        below = f(work)
        work[i] = old
        grad.append((above - below) / (2 * h))
    return np.array(grad)
