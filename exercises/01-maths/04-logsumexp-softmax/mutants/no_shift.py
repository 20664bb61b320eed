"""task: 1, 2

You take the exponential of the scores as they are. Above 709 that is infinity, and below -745 it is
0, whose logarithm is minus infinity. Take the largest score of each row away first.
"""

import numpy as np


def logsumexp(x, axis=-1):
    return np.log(np.exp(x).sum(axis=axis))


def softmax(x, axis=-1):
    e = np.exp(x)
    return e / e.sum(axis=axis, keepdims=True)
