import numpy as np


def logsumexp(x, axis=-1):
    """log(sum(exp(x))) along an axis, without overflow.

    x: float array [..., K, ...].  Returns an array of x's dtype without that axis.
    """
    ...


def softmax(x, axis=-1):
    """exp(x) / sum(exp(x)) along an axis, without overflow.

    x: float array [..., K, ...].  Returns an array of x's shape and dtype.
    """
    ...
