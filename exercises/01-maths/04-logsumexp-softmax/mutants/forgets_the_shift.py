"""task: 1

You take the maximum away before the exponential and never put it back. Adding it to the logarithm
at the end undoes the shift.
"""

import numpy as np


def logsumexp(x, axis=-1):
    m = x.max(axis=axis, keepdims=True)
    return np.log(np.exp(x - m).sum(axis=axis))


def softmax(x, axis=-1):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)
