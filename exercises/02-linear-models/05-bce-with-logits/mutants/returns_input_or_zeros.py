"""task: 1, 2

You return zeros. Loss, slopes and weights have to be computed.
"""

import numpy as np


def bce(z, y):
    return 0.0, np.zeros_like(z)


def train(X, y, lr, steps):
    return np.zeros(X.shape[1]), 0.0
