import torch
from torch import nn


# Task 1
class MyLinear(nn.Module):
    def __init__(self, d_in, d_out, bias=True):
        super().__init__()

    def forward(self, x):
        """[..., d_in] -> [..., d_out]"""
        ...


# Task 2
class MyMLP(nn.Module):
    def __init__(self, sizes, bias=True):
        super().__init__()

    def forward(self, x):
        """[..., sizes[0]] -> [..., sizes[-1]]"""
        ...
