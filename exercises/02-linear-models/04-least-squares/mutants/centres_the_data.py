"""task: 1, 2

You take the means of the columns away first, which amounts to fitting a bias. This model has none;
whoever wants one adds a column of ones.
"""

import numpy as np


def ols(X, y):
    X, y = X - X.mean(axis=0), y - y.mean()
    U, s, Vt = np.linalg.svd(X, full_matrices=False)
    keep = s > s.max() * max(X.shape) * np.finfo(np.float64).eps
    return Vt[keep].T @ ((U[:, keep].T @ y) / s[keep])
