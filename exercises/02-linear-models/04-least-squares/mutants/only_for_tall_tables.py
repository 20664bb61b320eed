"""task: 2

Your method needs independent columns and at least as many examples as columns. When there are
fewer, many weights fit equally well, and you are to find the shortest of them.
"""

import numpy as np


def ols(X, y):
    Q, R = np.linalg.qr(X)
    return np.linalg.solve(R, Q.T @ y)
