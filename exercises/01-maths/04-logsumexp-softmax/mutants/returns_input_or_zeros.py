"""task: 1, 2

You return zeros, or the scores themselves. Both results have to be computed from exponentials of x.
"""

import numpy as np


def logsumexp(x, axis=-1):
    return np.zeros(x.sum(axis=axis).shape, dtype=x.dtype)


def softmax(x, axis=-1):
    return x
