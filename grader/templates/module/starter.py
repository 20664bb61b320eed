import torch
from torch import nn


class TheName(nn.Module):
    def __init__(self, size):  # FILL: the parameters
        super().__init__()

    def forward(self, x):
        """FILL: the shape of x -> the shape of what comes out"""
        ...
