import torch
from torch import nn


class MyLinear(nn.Module):
    def __init__(self, d_in, d_out):
        super().__init__()

    def forward(self, x): ...


def descend(layer, x, y, lr, steps): ...
