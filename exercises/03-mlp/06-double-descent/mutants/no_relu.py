"""task: 2

Your features are X V without the relu. Then there are only D different directions however wide
the model is, and no peak.
"""

import numpy as np


def min_norm_fit(F, y):
    return np.linalg.lstsq(F, y)[0]


def risk_curve(X_train, y_train, X_test, y_test, V, widths):
    risks = []
    for width in widths:
        w = min_norm_fit(X_train @ V[:, :width], y_train)
        predicted = X_test @ V[:, :width] @ w
        risks.append(float(np.mean((predicted - y_test) ** 2)))
    return risks
