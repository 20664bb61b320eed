"""A view of all windows, copied into rows; np.add.at with tables of positions for the way back."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def im2col(x, kernel, stride=(1, 1), pad=(0, 0)):
    padded = np.pad(x, [(0, 0), (0, 0), (pad[0],) * 2, (pad[1],) * 2])
    windows = sliding_window_view(padded, kernel, axis=(2, 3))[:, :, :: stride[0], :: stride[1]]
    return np.array(windows.transpose(0, 2, 3, 1, 4, 5)).reshape(-1, x.shape[1] * kernel[0] * kernel[1])


def conv(x, w, b, stride=(1, 1), pad=(0, 0)):
    padded = np.pad(x, [(0, 0), (0, 0), (pad[0],) * 2, (pad[1],) * 2])
    windows = sliding_window_view(padded, w.shape[2:], axis=(2, 3))[:, :, :: stride[0], :: stride[1]]
    return np.moveaxis(np.tensordot(windows, w, axes=((1, 4, 5), (1, 2, 3))) + b, -1, 1)


def col2im(dcols, shape, kernel, stride=(1, 1), pad=(0, 0)):
    n, c, height, width = shape
    tall, wide = height + 2 * pad[0], width + 2 * pad[1]
    starts = np.arange(0, tall - kernel[0] + 1, stride[0])
    down = starts[:, None, None, None] + np.arange(kernel[0])[:, None]
    right = np.arange(0, wide - kernel[1] + 1, stride[1])[:, None, None] + np.arange(kernel[1])
    windows = dcols.reshape(n, len(down), right.shape[0], c, *kernel).transpose(0, 3, 1, 2, 4, 5)
    framed = np.zeros((n, c, tall, wide), dcols.dtype)
    np.add.at(framed, np.s_[:, :, down, right], windows)
    return framed[:, :, pad[0] : tall - pad[0], pad[1] : wide - pad[1]].copy()
