"""task: 2

Your fit uses training and test rows together. Rows that took part in the fit can no longer tell
you how well it predicts.
"""

import numpy as np


def min_norm_fit(F, y):
    return np.linalg.lstsq(F, y)[0]


def risk_curve(X_train, y_train, X_test, y_test, V, widths):
    risks = []
    for width in widths:
        w = min_norm_fit(
            np.maximum(np.vstack([X_train, X_test]) @ V[:, :width], 0), np.append(y_train, y_test)
        )
        predicted = np.maximum(X_test @ V[:, :width], 0) @ w
        risks.append(float(np.mean((predicted - y_test) ** 2)))
    return risks
