"""task: 1, 2, 3

Your functions hand back what came in. Begin with cutting: each row into h pieces, and then the axes.
"""

from torch import nn


def split_heads(x, h):
    return x


def join_heads(x):
    return x


class MHA(nn.Module):
    def __init__(self, d, h):
        super().__init__()
        self.wq, self.wk, self.wv, self.wo = (nn.Linear(d, d) for _ in range(4))

    def forward(self, x, context=None, mask=None):
        return x
