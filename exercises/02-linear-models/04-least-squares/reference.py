import numpy as np


def ols(X, y):
    """Undo the turn, the stretch and the turn; leave out directions without a stretch."""
    U, s, Vt = np.linalg.svd(X, full_matrices=False)
    keep = s > s.max() * max(X.shape) * np.finfo(np.float64).eps
    return Vt[keep].T @ ((U[:, keep].T @ y) / s[keep])
