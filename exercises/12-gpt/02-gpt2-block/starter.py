import torch
import torch.nn.functional as F
from mylib.multi_head import MHA
from torch import nn


# Task 1
class FeedForward(nn.Module):
    def __init__(self, d):
        super().__init__()

    def forward(self, x):
        """[..., d] -> [..., d]"""
        ...


# Task 2
class Block(nn.Module):
    def __init__(self, d, h):
        """d: length of a row, h: number of heads."""
        super().__init__()

    def forward(self, x):
        """[B, T, d] -> [B, T, d], causal"""
        ...
