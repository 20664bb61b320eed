"""task: 2

Your convolution is right and slow: Python visits every place of every picture. Lay the windows out
as rows and let one matrix product do the work.
"""

import numpy as np


def conv(x, w, b, stride=(1, 1), pad=(0, 0)):
    (sh, sw), (ph, pw) = stride, pad
    (N, _, H, W), (F, _, kh, kw) = x.shape, w.shape
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    rows, columns = (H + 2 * ph - kh) // sh + 1, (W + 2 * pw - kw) // sw + 1
    out = np.empty((N, F, rows, columns), dtype=x.dtype)
    for n, f, i, j in np.ndindex(*out.shape):
        window = padded[n, :, i * sh : i * sh + kh, j * sw : j * sw + kw]
        out[n, f, i, j] = np.sum(window * w[f]) + b[f]
    return out
