"""task: 1, 2

You turn x into float64, and the result stays float64. Networks mostly run in float32: what comes in
as float32 goes out as float32.
"""

import numpy as np


def logsumexp(x, axis=-1):
    x = x.astype(np.float64)
    m = x.max(axis=axis, keepdims=True)
    return m.squeeze(axis) + np.log(np.exp(x - m).sum(axis=axis))


def softmax(x, axis=-1):
    x = x.astype(np.float64)
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)
