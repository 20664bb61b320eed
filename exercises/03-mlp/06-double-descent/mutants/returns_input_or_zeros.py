"""task: 1, 2

Your functions return zeros. Start with the fit: one function of np.linalg does it.
"""

import numpy as np


def min_norm_fit(F, y):
    return np.zeros(F.shape[1])


def risk_curve(X_train, y_train, X_test, y_test, V, widths):
    return [0.0 for _ in widths]
