"""task: 2

Your sum along the axis loses that axis, so the division lines up rows with columns: it fails on
most shapes and is silently wrong on square ones. Keep the axis with keepdims=True.
"""

import numpy as np


def logsumexp(x, axis=-1):
    m = x.max(axis=axis, keepdims=True)
    return m.squeeze(axis) + np.log(np.exp(x - m).sum(axis=axis))


def softmax(x, axis=-1):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis)
