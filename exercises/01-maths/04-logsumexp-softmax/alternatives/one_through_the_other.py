"""Builds softmax out of log-sum-exp: the exponential of a score minus its row's log-sum-exp."""

import numpy as np


def logsumexp(x, axis=-1):
    m = np.max(x, axis=axis, keepdims=True)
    total = np.sum(np.exp(x - m), axis=axis, keepdims=True)
    return np.squeeze(np.log(total) + m, axis=axis)


def softmax(x, axis=-1):
    return np.exp(x - np.expand_dims(logsumexp(x, axis), axis))
