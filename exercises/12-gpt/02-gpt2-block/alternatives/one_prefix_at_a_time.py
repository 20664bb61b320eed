"""Causal without a mask: row t asks the first t + 1 rows as its context; gelu by torch's module."""

import torch
from mylib.multi_head import MHA
from torch import nn


class FeedForward(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.fc = nn.Linear(d, 4 * d)
        self.proj = nn.Linear(4 * d, d)

    def forward(self, x):
        return self.proj(nn.GELU("tanh")(self.fc(x)))


class Block(nn.Module):
    def __init__(self, d, h):
        super().__init__()
        self.ln_1 = nn.LayerNorm(d)
        self.attn = MHA(d, h)
        self.ln_2 = nn.LayerNorm(d)
        self.ff = FeedForward(d)

    def forward(self, x):
        normal = self.ln_1(x)
        rows = [self.attn(normal[:, t : t + 1], context=normal[:, : t + 1]) for t in range(normal.shape[1])]
        x = torch.cat(rows, dim=1) + x
        return self.ff(self.ln_2(x)) + x
