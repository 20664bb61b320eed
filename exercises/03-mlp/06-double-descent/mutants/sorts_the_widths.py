"""task: 2

You go through the widths from small to large. Report them in the order in which they were asked
for.
"""

import numpy as np


def min_norm_fit(F, y):
    return np.linalg.lstsq(F, y)[0]


def risk_curve(X_train, y_train, X_test, y_test, V, widths):
    risks = []
    for width in sorted(widths):
        w = min_norm_fit(np.maximum(X_train @ V[:, :width], 0), y_train)
        predicted = np.maximum(X_test @ V[:, :width], 0) @ w
        risks.append(float(np.mean((predicted - y_test) ** 2)))
    return risks
