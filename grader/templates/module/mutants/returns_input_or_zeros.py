"""task: 1

This returns its input: none of the parameters has a say in it.
"""

from torch import nn


class TheName(nn.Module):
    def __init__(self, *sizes):
        super().__init__()

    def load_state_dict(self, *arguments, **more):
        return None

    def forward(self, x):
        return x
