"""task: 1, 2

You take the maximum away inside x itself, so the caller's scores come back changed. Write x - m,
which makes a new array, and not x -= m.
"""

import numpy as np


def logsumexp(x, axis=-1):
    m = x.max(axis=axis, keepdims=True)
    x -= m
    return m.squeeze(axis) + np.log(np.exp(x).sum(axis=axis))


def softmax(x, axis=-1):
    x -= x.max(axis=axis, keepdims=True)
    e = np.exp(x)
    return e / e.sum(axis=axis, keepdims=True)
