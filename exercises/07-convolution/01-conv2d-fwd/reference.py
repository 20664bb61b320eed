import numpy as np


def out_size(size, kernel, stride, pad):
    return (size + 2 * pad - kernel) // stride + 1


def conv(x, w, b, stride=(1, 1), pad=(0, 0)):
    (sh, sw), (ph, pw) = stride, pad
    (N, _, H, W), (F, _, kh, kw) = x.shape, w.shape
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    out = np.empty((N, F, out_size(H, kh, sh, ph), out_size(W, kw, sw, pw)), dtype=x.dtype)
    for n, f, i, j in np.ndindex(*out.shape):
        window = padded[n, :, i * sh : i * sh + kh, j * sw : j * sw + kw]
        out[n, f, i, j] = np.sum(window * w[f]) + b[f]
    return out
