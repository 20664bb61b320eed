"""Loops over the positions inside the kernel, and works on all windows at once."""

import numpy as np


def conv_bwd(dout, x, w, stride=(1, 1), pad=(0, 0)):
    (n, c, height, width), (f, _, kh, kw) = x.shape, w.shape
    rows, columns = dout.shape[2:]
    framed = np.zeros((n, c, height + 2 * pad[0], width + 2 * pad[1]), x.dtype)
    inside = framed[:, :, pad[0] : pad[0] + height, pad[1] : pad[1] + width]
    inside[...] = x
    back = np.zeros(framed.shape, x.dtype)
    dw = np.empty(w.shape, w.dtype)
    for u in range(kh):
        for v in range(kw):
            down = slice(u, u + stride[0] * (rows - 1) + 1, stride[0])
            right = slice(v, v + stride[1] * (columns - 1) + 1, stride[1])
            dw[:, :, u, v] = np.einsum("nfij,ncij->fc", dout, framed[:, :, down, right])
            back[:, :, down, right] += np.einsum("nfij,fc->ncij", dout, w[:, :, u, v])
    dx = back[:, :, pad[0] : pad[0] + height, pad[1] : pad[1] + width].copy()
    return dx, dw, np.einsum("nfij->f", dout)
