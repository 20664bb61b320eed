"""task: 1, 2

You return a loss of 0 and a slope of zeros. Both have to be computed from the differences.
"""

import numpy as np


def mse(pred, y):
    return 0.0, np.zeros_like(pred)
