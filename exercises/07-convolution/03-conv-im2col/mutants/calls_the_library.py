"""task: static

You let torch unfold, multiply and fold. The table of windows is a loop over the kernel's positions;
build it yourself.
"""

import torch


def im2col(x, kernel, stride=(1, 1), pad=(0, 0)):
    columns = torch.nn.functional.unfold(torch.tensor(x), kernel, stride=stride, padding=pad)
    return columns.transpose(1, 2).reshape(-1, columns.shape[1]).numpy()


def conv(x, w, b, stride=(1, 1), pad=(0, 0)):
    tensors = [torch.tensor(array) for array in (x, w, b)]
    return torch.nn.functional.conv2d(*tensors, stride=stride, padding=pad).numpy()


def col2im(dcols, shape, kernel, stride=(1, 1), pad=(0, 0)):
    columns = torch.tensor(dcols).reshape(shape[0], -1, dcols.shape[1]).transpose(1, 2)
    return torch.nn.functional.fold(columns, shape[2:], kernel, stride=stride, padding=pad).numpy()
