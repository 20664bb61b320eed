"""task: 1

Your table can be a view of the picture: whoever writes into it changes the picture, or other rows
that show the same pixel. Copy the windows into an array of their own.
"""

import numpy as np
from numpy.lib.stride_tricks import as_strided


def im2col(x, kernel, stride=(1, 1), pad=(0, 0)):
    if any(pad):
        x = np.pad(x, ((0, 0), (0, 0), (pad[0], pad[0]), (pad[1], pad[1])))
    (N, C, H, W), (n, c, h, w) = x.shape, x.strides
    rows, columns = (H - kernel[0]) // stride[0] + 1, (W - kernel[1]) // stride[1] + 1
    shape = (N, rows, columns, C, *kernel)
    windows = as_strided(x, shape, (n, h * stride[0], w * stride[1], c, h, w))
    return windows.reshape(N * rows * columns, -1)
