"""task: 1, 2

You take away the largest score of the whole array. A row whose scores are all much smaller then
turns into zeros, and 0 divided by 0 is NaN. Each row needs its own maximum, along the axis.
"""

import numpy as np


def logsumexp(x, axis=-1):
    m = x.max()
    return m + np.log(np.exp(x - m).sum(axis=axis))


def softmax(x, axis=-1):
    e = np.exp(x - x.max())
    return e / e.sum(axis=axis, keepdims=True)
