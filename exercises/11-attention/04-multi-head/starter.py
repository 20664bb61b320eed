import math

import torch
from torch import nn


# Task 1
def split_heads(x, h):
    """[B, N, d] -> [B, h, N, d / h]"""
    ...


def join_heads(x):
    """[B, h, N, d / h] -> [B, N, d]"""
    ...


# Tasks 2 and 3
class MHA(nn.Module):
    def __init__(self, d, h):
        """d: length of a row, h: number of heads; h divides d."""
        super().__init__()

    def forward(self, x, context=None, mask=None):
        """x: [B, T, d], context: [B, S, d] or None, mask: bool [T, S] or [B, T, S] or None -> [B, T, d]"""
        ...
