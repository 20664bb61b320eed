"""Never builds the rows for the convolution: one small matrix product for each weight position."""

import numpy as np


def _shifted(array, kernel, stride, rows, columns):
    """Views of the padded picture, one for each position in the kernel."""
    for u in range(kernel[0]):
        for v in range(kernel[1]):
            yield array[:, :, u :: stride[0], v :: stride[1]][:, :, :rows, :columns]


def _counts(size, kernel, stride, pad):
    return tuple(1 + (n - k + p + p) // s for n, k, s, p in zip(size, kernel, stride, pad))


def _framed(x, pad):
    (n, c, h, w), (ph, pw) = x.shape, pad
    larger = np.zeros((n, c, h + 2 * ph, w + 2 * pw), dtype=x.dtype)
    larger[:, :, ph : ph + h, pw : pw + w] = x
    return larger


def im2col(x, kernel, stride=(1, 1), pad=(0, 0)):
    counts = _counts(x.shape[2:], kernel, stride, pad)
    stacked = np.stack(list(_shifted(_framed(x, pad), kernel, stride, *counts)), axis=-1)
    return np.moveaxis(stacked, 1, 3).reshape(len(x) * counts[0] * counts[1], -1).copy()


def conv(x, w, b, stride=(1, 1), pad=(0, 0)):
    counts = _counts(x.shape[2:], w.shape[2:], stride, pad)
    out = np.zeros((len(x), *counts, len(w)), dtype=x.dtype) + b
    views = _shifted(_framed(x, pad), w.shape[2:], stride, *counts)
    for seen, (u, v) in zip(views, np.ndindex(*w.shape[2:])):
        out += np.moveaxis(seen, 1, 3) @ w[:, :, u, v].T
    return np.moveaxis(out, 3, 1)


def col2im(dcols, shape, kernel, stride=(1, 1), pad=(0, 0)):
    counts = _counts(shape[2:], kernel, stride, pad)
    back = np.zeros((*shape[:2], shape[2] + 2 * pad[0], shape[3] + 2 * pad[1]), dtype=dcols.dtype)
    parts = np.moveaxis(dcols.reshape(shape[0], *counts, shape[1], kernel[0] * kernel[1]), 3, 1)
    for place, seen in enumerate(_shifted(back, kernel, stride, *counts)):
        seen += parts[..., place]
    return back[:, :, pad[0] : pad[0] + shape[2], pad[1] : pad[1] + shape[3]]
