"""task: 2

Your curve shows the error on the training rows. It only ever falls; the story is in the error
on rows that the fit has not seen.
"""

import numpy as np


def min_norm_fit(F, y):
    return np.linalg.lstsq(F, y)[0]


def risk_curve(X_train, y_train, X_test, y_test, V, widths):
    risks = []
    for width in widths:
        w = min_norm_fit(np.maximum(X_train @ V[:, :width], 0), y_train)
        predicted = np.maximum(X_train @ V[:, :width], 0) @ w
        risks.append(float(np.mean((predicted - y_train) ** 2)))
    return risks
