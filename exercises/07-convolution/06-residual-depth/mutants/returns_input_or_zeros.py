"""task: 1, 2, 3

Your functions hand their inputs back, or zeros. Start with the parts of the block and send x through them.
"""

import torch
from torch import nn


class ResBlock(nn.Module):
    def __init__(self, C_in, C_out, stride=1, shortcut=True):
        super().__init__()

    def forward(self, x):
        return x


def grad_norms(net, x, y):
    return [0.0 for part in net.modules() if isinstance(part, nn.Conv2d | nn.Linear)]


class DeepNet(nn.Module):
    def __init__(self, blocks, width, classes, shortcut=True):
        super().__init__()
        self.classes = classes

    def forward(self, x):
        return torch.zeros(len(x), self.classes, dtype=x.dtype)


def train_and_watch(net, X, y, batches, lr):
    return [(0.0, 0.0, 0.0) for _ in batches]
