import numpy as np


# Task 1
def min_norm_fit(F, y):
    """F: (n, k), y: (n,) -> w: (k,), the shortest of all least-squares solutions."""
    ...


# Task 2
def risk_curve(X_train, y_train, X_test, y_test, V, widths):
    """-> for each width the mean squared test error, as a list of floats."""
    ...
