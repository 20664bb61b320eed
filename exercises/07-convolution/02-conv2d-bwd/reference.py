import numpy as np


def conv_bwd(dout, x, w, stride=(1, 1), pad=(0, 0)):
    (sh, sw), (ph, pw) = stride, pad
    (H, W), (kh, kw) = x.shape[2:], w.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    dpadded = np.zeros_like(padded)
    dw = np.zeros_like(w)
    for n, f, i, j in np.ndindex(*dout.shape):
        window = np.s_[n, :, i * sh : i * sh + kh, j * sw : j * sw + kw]
        dw[f] += dout[n, f, i, j] * padded[window]
        dpadded[window] += dout[n, f, i, j] * w[f]
    dx = dpadded[:, :, ph : ph + H, pw : pw + W]
    return dx, dw, dout.sum(axis=(0, 2, 3))
