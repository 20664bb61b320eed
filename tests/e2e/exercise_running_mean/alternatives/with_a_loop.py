"""Each window is cut out and averaged."""

import numpy as np


def running_mean(x, k):
    return np.array([x[i : i + k].mean() for i in range(len(x) - k + 1)])
