"""task: 2

You divide by every stretch, even by one that is only rounding noise. Leave out directions whose
stretch is nothing compared with the largest.
"""

import numpy as np


def ols(X, y):
    U, s, Vt = np.linalg.svd(X, full_matrices=False)
    keep = s > 0
    return Vt[keep].T @ ((U[:, keep].T @ y) / s[keep])
