"""task: static

You let torch convolve. The sum is one line once you know which block the window covers; write it
yourself here, and know what torch does.
"""

import numpy as np
import torch


def out_size(size, kernel, stride, pad):
    return (size + 2 * pad - kernel) // stride + 1


def conv(x, w, b, stride=(1, 1), pad=(0, 0)):
    tensors = [torch.tensor(np.ascontiguousarray(array)) for array in (x, w, b)]
    return torch.nn.functional.conv2d(*tensors, stride=stride, padding=pad).numpy()
