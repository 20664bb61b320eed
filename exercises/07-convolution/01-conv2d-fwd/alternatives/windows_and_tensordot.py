"""A view of all windows, and one tensordot over channels, rows and columns."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def out_size(size, kernel, stride, pad):
    return len(range(0, size + 2 * pad - kernel + 1, stride))


def conv(x, w, b, stride=(1, 1), pad=(0, 0)):
    padded = np.pad(x, [(0, 0), (0, 0), (pad[0],) * 2, (pad[1],) * 2])
    windows = sliding_window_view(padded, w.shape[2:], axis=(2, 3))[:, :, :: stride[0], :: stride[1]]
    out = np.tensordot(windows, w, axes=((1, 4, 5), (1, 2, 3)))
    return np.moveaxis(out, -1, 1) + b[:, None, None]
