"""task: 1

You return zeros: the parameters as they were before any training.
"""

import numpy as np


def fit(x, y, lr, steps):
    return np.zeros((x.shape[1], 1)), np.zeros(1), np.zeros(steps)
