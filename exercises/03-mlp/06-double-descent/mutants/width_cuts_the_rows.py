"""task: 2

You use width to choose how many training rows to fit. The width is the number of features: it
cuts the columns of V.
"""

import numpy as np


def min_norm_fit(F, y):
    return np.linalg.lstsq(F, y)[0]


def risk_curve(X_train, y_train, X_test, y_test, V, widths):
    risks = []
    for width in widths:
        w = min_norm_fit(np.maximum(X_train[:width] @ V, 0), y_train[:width])
        predicted = np.maximum(X_test @ V, 0) @ w
        risks.append(float(np.mean((predicted - y_test) ** 2)))
    return risks
