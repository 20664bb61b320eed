"""Multi-head attention: four linear layers, heads side by side, a mask and its empty rows."""

import math

import torch
from torch import nn


def split_heads(x, h):
    B, N, d = x.shape
    return x.reshape(B, N, h, d // h).transpose(1, 2)


def join_heads(x):
    return x.transpose(1, 2).flatten(2)


class MHA(nn.Module):
    def __init__(self, d, h):
        super().__init__()
        self.h = h
        self.wq = nn.Linear(d, d)
        self.wk = nn.Linear(d, d)
        self.wv = nn.Linear(d, d)
        self.wo = nn.Linear(d, d)

    def forward(self, x, context=None, mask=None):
        context = x if context is None else context
        q = split_heads(self.wq(x), self.h)
        k = split_heads(self.wk(context), self.h)
        v = split_heads(self.wv(context), self.h)
        scores = q @ k.transpose(2, 3) / math.sqrt(q.shape[3])
        if mask is None:
            weights = torch.softmax(scores, dim=3)
        else:
            allowed = mask if mask.dim() == 2 else mask.unsqueeze(1)
            scores = scores.masked_fill(~allowed, torch.finfo(scores.dtype).min)
            weights = torch.softmax(scores, dim=3).masked_fill(~allowed, 0)
        return self.wo(join_heads(weights @ v))
