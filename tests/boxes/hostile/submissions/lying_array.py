"""Returns an array subclass that lies about its bytes.

Must: failed
"""

import numpy as np


class Liar(np.ndarray):
    def tobytes(self, *_, **__):
        return (np.asarray(self) * 2).tobytes()

    def __array__(self, *_, **__):
        return np.asarray(self) * 2

    def __array_ufunc__(self, *_, **__):
        return True

    def __eq__(self, other):
        return True


def double(x):
    return x.view(Liar)
