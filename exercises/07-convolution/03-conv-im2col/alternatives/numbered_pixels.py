"""Numbers the padded pixels, makes a table of the numbers in each window, picks and counts with it."""

import numpy as np


def _numbers(shape, kernel, stride, pad):
    """For every window (row) and every place in it (column): the number of the padded pixel."""
    n, c, h, w = shape
    tall, wide = h + 2 * pad[0], w + 2 * pad[1]
    rows = (tall - kernel[0]) // stride[0] + 1
    columns = (wide - kernel[1]) // stride[1] + 1
    corner = (np.arange(rows) * stride[0] * wide)[:, None] + np.arange(columns) * stride[1]
    inside = (np.arange(kernel[0]) * wide)[:, None] + np.arange(kernel[1])
    first = (np.arange(n) * c * tall * wide)[:, None] + corner.ravel()
    within = (np.arange(c) * tall * wide)[:, None] + inside.ravel()
    return first.ravel()[:, None] + within.ravel(), (n, c, tall, wide), (rows, columns)


def im2col(x, kernel, stride=(1, 1), pad=(0, 0)):
    table, framed_shape, _ = _numbers(x.shape, kernel, stride, pad)
    framed = np.zeros(framed_shape, dtype=x.dtype)
    framed[:, :, pad[0] : pad[0] + x.shape[2], pad[1] : pad[1] + x.shape[3]] = x
    return framed.ravel()[table]


def conv(x, w, b, stride=(1, 1), pad=(0, 0)):
    _, _, (rows, columns) = _numbers((1, 1, *x.shape[2:]), w.shape[2:], stride, pad)
    kernels = w.reshape(w.shape[0], -1)
    out = [kernels @ im2col(one[None], w.shape[2:], stride, pad).T + b[:, None] for one in x]
    return np.stack(out).reshape(len(x), len(w), rows, columns)


def col2im(dcols, shape, kernel, stride=(1, 1), pad=(0, 0)):
    table, framed_shape, _ = _numbers(shape, kernel, stride, pad)
    size = framed_shape[0] * framed_shape[1] * framed_shape[2] * framed_shape[3]
    framed = np.bincount(table.ravel(), weights=dcols.ravel(), minlength=size).astype(dcols.dtype)
    inside = np.s_[:, :, pad[0] : pad[0] + shape[2], pad[1] : pad[1] + shape[3]]
    return framed.reshape(framed_shape)[inside]
