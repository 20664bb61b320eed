"""Given: the error function number by number, in the dtype of its input."""

import math

import numpy as np


def erf(x):
    values = np.vectorize(math.erf, otypes=[np.float64])(x)
    return values.astype(x.dtype)
