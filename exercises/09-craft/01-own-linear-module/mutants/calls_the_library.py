"""task: static

This takes the layer that PyTorch has. Here you write it.
"""

from torch import nn


class MyLinear(nn.Linear):
    pass
