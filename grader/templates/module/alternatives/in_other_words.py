"""FILL: how this right answer differs from the reference, as in: with the functions underneath"""

import torch
from torch import nn


class TheName(nn.Module):
    def __init__(self, size):  # FILL: the parameters, as in starter.py
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))  # FILL: the parts, under the same names

    def forward(self, x):
        return self.weight * x  # FILL: a right answer that is built differently
