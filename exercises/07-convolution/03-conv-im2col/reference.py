import numpy as np


def places(shape, kernel, stride, pad):
    return [(n + 2 * p - k) // s + 1 for n, k, s, p in zip(shape[2:], kernel, stride, pad)]


def im2col(x, kernel, stride=(1, 1), pad=(0, 0)):
    (N, C), (kh, kw), (sh, sw), (ph, pw) = x.shape[:2], kernel, stride, pad
    rows, columns = places(x.shape, kernel, stride, pad)
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    windows = np.empty((N, rows, columns, C, kh, kw), dtype=x.dtype)
    for u, v in np.ndindex(kh, kw):
        seen = padded[:, :, u : u + sh * rows : sh, v : v + sw * columns : sw]
        windows[..., u, v] = seen.transpose(0, 2, 3, 1)
    return windows.reshape(N * rows * columns, C * kh * kw)


def conv(x, w, b, stride=(1, 1), pad=(0, 0)):
    rows, columns = places(x.shape, w.shape[2:], stride, pad)
    out = im2col(x, w.shape[2:], stride, pad) @ w.reshape(len(w), -1).T + b
    return out.reshape(len(x), rows, columns, len(w)).transpose(0, 3, 1, 2)


def col2im(dcols, shape, kernel, stride=(1, 1), pad=(0, 0)):
    (N, C, H, W), (kh, kw), (sh, sw), (ph, pw) = shape, kernel, stride, pad
    rows, columns = places(shape, kernel, stride, pad)
    windows = dcols.reshape(N, rows, columns, C, kh, kw)
    padded = np.zeros((N, C, H + 2 * ph, W + 2 * pw), dtype=dcols.dtype)
    for u, v in np.ndindex(kh, kw):
        seen = padded[:, :, u : u + sh * rows : sh, v : v + sw * columns : sw]
        seen += windows[..., u, v].transpose(0, 3, 1, 2)
    return padded[:, :, ph : ph + H, pw : pw + W]
