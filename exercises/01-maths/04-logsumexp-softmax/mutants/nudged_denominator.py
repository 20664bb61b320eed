"""task: 2

You change the sum by a tiny constant, perhaps to avoid a division by zero. It cannot be zero: after
the shift the largest term is exactly 1. With the constant your probabilities no longer sum to 1.
"""

import numpy as np


def logsumexp(x, axis=-1):
    m = x.max(axis=axis, keepdims=True)
    return m.squeeze(axis) + np.log(np.exp(x - m).sum(axis=axis))


def softmax(x, axis=-1):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / (e.sum(axis=axis, keepdims=True) - 1e-6)
