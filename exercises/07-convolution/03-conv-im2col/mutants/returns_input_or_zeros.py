"""task: 1, 2, 3

You return zeros. The table holds the pixels of every window, the convolution is a product with it,
and the way back adds its numbers up.
"""

import numpy as np


def _places(shape, kernel, stride, pad):
    return [(n + 2 * p - k) // s + 1 for n, k, s, p in zip(shape[2:], kernel, stride, pad)]


def im2col(x, kernel, stride=(1, 1), pad=(0, 0)):
    rows, columns = _places(x.shape, kernel, stride, pad)
    return np.zeros((len(x) * rows * columns, x.shape[1] * kernel[0] * kernel[1]), dtype=x.dtype)


def conv(x, w, b, stride=(1, 1), pad=(0, 0)):
    return np.zeros((len(x), len(w), *_places(x.shape, w.shape[2:], stride, pad)), dtype=x.dtype)


def col2im(dcols, shape, kernel, stride=(1, 1), pad=(0, 0)):
    return np.zeros(shape, dtype=dcols.dtype)
