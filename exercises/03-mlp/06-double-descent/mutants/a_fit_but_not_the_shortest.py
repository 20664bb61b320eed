"""task: 1, 2

Your w fits, but it uses only the first columns and leaves the rest at zero. Of all perfect fits
the shortest is wanted: it spreads the work over all columns.
"""

import numpy as np


def min_norm_fit(F, y):
    n = min(F.shape)
    w = np.zeros(F.shape[1])
    w[:n] = np.linalg.lstsq(F[:, :n], y)[0]
    return w


def risk_curve(X_train, y_train, X_test, y_test, V, widths):
    risks = []
    for width in widths:
        w = min_norm_fit(np.maximum(X_train @ V[:, :width], 0), y_train)
        predicted = np.maximum(X_test @ V[:, :width], 0) @ w
        risks.append(float(np.mean((predicted - y_test) ** 2)))
    return risks
