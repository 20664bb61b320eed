"""task: 1, 2

Your fit adds a small penalty (ridge). That is good medicine in practice, and exactly what hides
the peak: here the fit must be the plain one.
"""

import numpy as np


def min_norm_fit(F, y):
    return np.linalg.solve(F.T @ F + 1e-3 * np.eye(F.shape[1]), F.T @ y)


def risk_curve(X_train, y_train, X_test, y_test, V, widths):
    risks = []
    for width in widths:
        w = min_norm_fit(np.maximum(X_train @ V[:, :width], 0), y_train)
        predicted = np.maximum(X_test @ V[:, :width], 0) @ w
        risks.append(float(np.mean((predicted - y_test) ** 2)))
    return risks
