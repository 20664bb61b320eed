"""Returns an object whose class says that it is an array.

Must: failed
"""

import numpy as np


class Liar:
    @property
    def __class__(self):
        return np.ndarray

    dtype = np.dtype("f8")
    ndim = 1
    shape = (3,)
    size = 3
    itemsize = 8

    def tobytes(self):
        return bytes(24)


def double(x):
    return Liar()
