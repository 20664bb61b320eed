"""task: 1, 2

You solve X.T @ X w = X.T @ y. It is better than the inverse, but the product has already squared
the condition number, and with fewer examples than columns it cannot be solved.
"""

import numpy as np


def ols(X, y):
    return np.linalg.solve(X.T @ X, X.T @ y)
