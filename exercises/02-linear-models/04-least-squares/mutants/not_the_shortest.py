"""task: 2

Your weights fit the data as well as any, but they are not the shortest: you give weight 0 to some
columns and let the others do the work. Share the weight among columns that say the same.
"""

import numpy as np


def ols(X, y):
    chosen = []
    for k in range(X.shape[1]):
        s = np.linalg.svd(X[:, [*chosen, k]], compute_uv=False)
        if s.size == len(chosen) + 1 and s[-1] > s[0] * max(X.shape) * 2.3e-16:
            chosen.append(k)
    w = np.zeros(X.shape[1])
    if chosen:
        Q, R = np.linalg.qr(X[:, chosen])
        w[chosen] = np.linalg.solve(R, Q.T @ y)
    return w
