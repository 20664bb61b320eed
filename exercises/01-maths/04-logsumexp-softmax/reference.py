import numpy as np


def logsumexp(x, axis=-1):
    """The largest score along the axis, plus the log of a sum whose largest term is 1."""
    m = x.max(axis=axis, keepdims=True)
    return m.squeeze(axis) + np.log(np.exp(x - m).sum(axis=axis))


def softmax(x, axis=-1):
    """Shares of the shifted exponentials along the axis."""
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)
