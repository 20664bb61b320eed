"""task: 1, 2

Your layers hand their input back, or zeros. Begin with the two parameters of Task 1 and one product of
matrices.
"""

import torch
from torch import nn


class MyLinear(nn.Module):
    def __init__(self, d_in, d_out, bias=True):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(d_out, d_in))
        self.bias = nn.Parameter(torch.zeros(d_out)) if bias else None

    def forward(self, x):
        return x


class MyMLP(nn.Module):
    def __init__(self, sizes, bias=True):
        super().__init__()
        self.register_buffer("mean", torch.zeros(sizes[0]))
        self.register_buffer("scale", torch.ones(sizes[0]))
        self.layers = nn.ModuleList([MyLinear(a, b, bias) for a, b in zip(sizes, sizes[1:])])

    def forward(self, x):
        return torch.zeros(*x.shape[:-1], self.layers[-1].weight.shape[0], dtype=x.dtype)
