"""task: 2

Your convolution is right, and it builds the products of all windows with all kernels before it adds
them up: 16 times the table of windows. A matrix product adds up as it goes.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def conv(x, w, b, stride=(1, 1), pad=(0, 0)):
    padded = np.pad(x, ((0, 0), (0, 0), (pad[0], pad[0]), (pad[1], pad[1])))
    windows = sliding_window_view(padded, w.shape[2:], axis=(2, 3))[:, :, :: stride[0], :: stride[1]]
    products = windows[:, None] * w[:, :, None, None]
    return products.sum(axis=(2, 5, 6)) + b[:, None, None]
