"""task: 1, 2

Your modules hand back what came in. Begin with FeedForward: one layer, gelu, another layer."""

from torch import nn


class FeedForward(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.fc, self.proj = nn.Linear(d, 4 * d), nn.Linear(4 * d, d)

    def forward(self, x):
        return x


class Block(nn.Module):
    def __init__(self, d, h):
        super().__init__()
        self.ff = FeedForward(d)

    def forward(self, x):
        return x
