"""Both gradients are convolutions: picture with messages, messages with the turned kernel."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def conv_bwd(dout, x, w, stride=(1, 1), pad=(0, 0)):
    n, c, height, width = x.shape
    f, _, kh, kw = w.shape
    tall, wide = height + 2 * pad[0], width + 2 * pad[1]
    padded = np.pad(x, [(0, 0), (0, 0), (pad[0],) * 2, (pad[1],) * 2])
    # the messages with gaps of zeros between them, as if the stride had been 1
    spread = np.zeros((n, f, tall - kh + 1, wide - kw + 1), dout.dtype)
    spread[:, :, :: stride[0], :: stride[1]] = dout
    dw = np.einsum("ncuvij,nfij->fcuv", sliding_window_view(padded, spread.shape[2:], axis=(2, 3)), spread)
    around = np.pad(spread, [(0, 0), (0, 0), (kh - 1,) * 2, (kw - 1,) * 2])
    turned = w[:, :, ::-1, ::-1]
    dpadded = np.einsum("nfijuv,fcuv->ncij", sliding_window_view(around, (kh, kw), axis=(2, 3)), turned)
    dx = dpadded[:, :, pad[0] : tall - pad[0], pad[1] : wide - pad[1]]
    return [dx, dw, dout.sum((0, 2, 3))]
