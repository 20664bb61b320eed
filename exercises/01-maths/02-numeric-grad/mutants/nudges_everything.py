"""task: 1

You nudge all entries of x together. That measures one slope, in the diagonal direction. A gradient
needs one slope per entry, with the others held still.
"""

import numpy as np


def numeric_grad(f, x, h=1e-5):
    work = np.array(x, dtype=np.float64)
    return np.full(work.shape, (f(work + h) - f(work - h)) / (2 * h))
