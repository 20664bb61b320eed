"""task: static

This wraps a library that already remembers. The point here is to build the memory yourself.
"""

import torch


def Tensor(data):
    return torch.tensor(data, dtype=torch.float64, requires_grad=True)
