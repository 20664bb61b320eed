"""task: 1, 2

You invert X.T @ X. That product squares the condition number, so nearly dependent columns lose all
their digits, and where columns repeat, there is no inverse at all.
"""

import numpy as np


def ols(X, y):
    return np.linalg.inv(X.T @ X) @ (X.T @ y)
