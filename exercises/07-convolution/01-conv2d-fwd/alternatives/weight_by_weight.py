"""Loops over the positions inside the kernel: each weight multiplies a shifted picture."""

import math

import numpy as np


def out_size(size, kernel, stride, pad):
    return 1 + math.floor((size - kernel + 2 * pad) / stride)


def conv(x, w, b, stride=(1, 1), pad=(0, 0)):
    (n, c, height, width), (f, _, kh, kw) = x.shape, w.shape
    rows = out_size(height, kh, stride[0], pad[0])
    columns = out_size(width, kw, stride[1], pad[1])
    framed = np.zeros((n, c, height + 2 * pad[0], width + 2 * pad[1]), x.dtype)
    framed[:, :, pad[0] : pad[0] + height, pad[1] : pad[1] + width] = x
    out = np.tile(b[None, :, None, None], (n, 1, rows, columns))
    for u in range(kh):
        for v in range(kw):
            seen = framed[:, :, u :: stride[0], v :: stride[1]][:, :, :rows, :columns]
            out += np.einsum("ncij,fc->nfij", seen, w[:, :, u, v])
    return out
