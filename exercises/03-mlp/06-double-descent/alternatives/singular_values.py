"""Least squares from the singular value decomposition, dropping directions that carry nothing."""

import numpy as np


def min_norm_fit(F, y):
    U, s, Vt = np.linalg.svd(F, full_matrices=False)
    inverse = np.zeros_like(s)
    real = s > s.max() * 1e-13
    inverse[real] = 1 / s[real]
    return Vt.T @ (inverse * (U.T @ y))


def relu(z):
    return np.where(z > 0, z, 0)


def risk_curve(X_train, y_train, X_test, y_test, V, widths):
    risks = []
    for k in widths:
        directions = V[:, :k]
        errors = (
            relu(X_test.dot(directions)).dot(min_norm_fit(relu(X_train.dot(directions)), y_train)) - y_test
        )
        risks.append(errors.dot(errors) / len(errors))
    return risks
