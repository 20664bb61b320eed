"""task: static

This wraps a library that already remembers. The point here is to build the memory yourself.
"""

import torch


def Value(data):
    return torch.tensor(float(data), requires_grad=True)
