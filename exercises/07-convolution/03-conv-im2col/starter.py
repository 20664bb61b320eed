import numpy as np


# Task 1
def im2col(x, kernel, stride=(1, 1), pad=(0, 0)):
    """x: [N, C, H, W], kernel: (kh, kw) -> [N * rows * columns, C * kh * kw], one row for each window."""
    ...


# Task 2
def conv(x, w, b, stride=(1, 1), pad=(0, 0)):
    """x: [N, C, H, W], w: [F, C, kh, kw], b: [F] -> [N, F, rows, columns]."""
    ...


# Task 3
def col2im(dcols, shape, kernel, stride=(1, 1), pad=(0, 0)):
    """dcols: [N * rows * columns, C * kh * kw], shape: (N, C, H, W) -> dx of that shape."""
    ...
