"""task: static

This lets a library do the measuring. numpy is all you need here.
"""

from sklearn.linear_model import LinearRegression


def min_norm_fit(F, y):
    return LinearRegression(fit_intercept=False).fit(F, y).coef_
