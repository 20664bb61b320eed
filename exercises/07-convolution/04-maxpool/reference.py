import numpy as np


def pool_fwd(x, k, stride, pad=(0, 0)):
    (N, C, H, W), (kh, kw), (sh, sw), (ph, pw) = x.shape, k, stride, pad
    rows, columns = (H + 2 * ph - kh) // sh + 1, (W + 2 * pw - kw) // sw + 1
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)), constant_values=-np.inf)
    out = np.empty((N, C, rows, columns), dtype=x.dtype)
    winners = np.empty(out.shape, dtype=int)
    for n, c, i, j in np.ndindex(*out.shape):
        window = padded[n, c, i * sh : i * sh + kh, j * sw : j * sw + kw]
        winners[n, c, i, j] = window.argmax()
        out[n, c, i, j] = window.max()
    return out, (winners, x.shape, k, stride, pad)


def pool_bwd(dout, cache):
    winners, (N, C, H, W), (kh, kw), (sh, sw), (ph, pw) = cache
    dpadded = np.zeros((N, C, H + 2 * ph, W + 2 * pw), dtype=dout.dtype)
    for n, c, i, j in np.ndindex(*dout.shape):
        u, v = divmod(winners[n, c, i, j], kw)
        dpadded[n, c, i * sh + u, j * sw + v] += dout[n, c, i, j]
    return dpadded[:, :, ph : ph + H, pw : pw + W]
