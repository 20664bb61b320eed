import numpy as np


def numeric_grad(f, x, h=1e-5):
    """One central difference per entry, on a private copy of x."""
    work = np.array(x, dtype=np.float64)
    grad = np.empty(work.shape)
    for i in np.ndindex(work.shape):
        old = work[i]
        work[i] = old + h
        above = f(work)
        work[i] = old - h
        below = f(work)
        work[i] = old
        grad[i] = (above - below) / (2 * h)
    return grad
