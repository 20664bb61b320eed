"""task: 1, 2

You add a small number to the diagonal so that the matrix can be inverted. That changes the
question: the weights are pulled towards zero, and where columns are nearly dependent they are far
off.
"""

import numpy as np


def ols(X, y):
    return np.linalg.solve(X.T @ X + 1e-8 * np.eye(X.shape[1]), X.T @ y)
