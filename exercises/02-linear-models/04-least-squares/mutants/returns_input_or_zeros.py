"""task: 1, 2

You return zeros. The weights have to come from X and y.
"""

import numpy as np


def ols(X, y):
    return np.zeros(X.shape[1])
