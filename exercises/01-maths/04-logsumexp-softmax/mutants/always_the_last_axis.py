"""task: 1, 2

You work along the last axis whatever the caller asks for. Hand the argument axis on to max and sum.
"""

import numpy as np


def logsumexp(x, axis=-1):
    m = x.max(axis=-1, keepdims=True)
    return m.squeeze(-1) + np.log(np.exp(x - m).sum(axis=-1))


def softmax(x, axis=-1):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)
