import numpy as np


def ols(X, y):
    """The shortest w among those that make the sum of (X @ w - y)**2 smallest.

    X: [N, D].  y: [N].  Returns w [D].
    """
    ...
