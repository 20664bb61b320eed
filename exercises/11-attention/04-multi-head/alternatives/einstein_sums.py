"""Einstein sums over an axis of heads; empty rows get something to look at, and lose it at the end."""

import torch
from torch import nn


def split_heads(x, h):
    return x.unflatten(2, (h, -1)).permute(0, 2, 1, 3)


def join_heads(x):
    B, h, N, size = x.shape
    return x.permute(0, 2, 1, 3).reshape(B, N, h * size)


class MHA(nn.Module):
    def __init__(self, d, h):
        super().__init__()
        for name in ("wq", "wk", "wv", "wo"):
            setattr(self, name, nn.Linear(d, d))
        self.h = h

    def forward(self, x, context=None, mask=None):
        other = x if context is None else context
        q, k, v = (
            layer(rows).unflatten(-1, (self.h, -1))
            for layer, rows in zip((self.wq, self.wk, self.wv), (x, other, other))
        )
        scores = torch.einsum("bthi,bshi->bhts", q * q.shape[-1] ** -0.5, k)
        somewhere = None
        if mask is not None:
            mask = mask.expand(len(x), -1, -1)[:, None]
            somewhere = mask.any(dim=3, keepdim=True)
            scores = scores.masked_fill(~mask & somewhere, float("-inf"))
        weights = scores.softmax(dim=3)
        if somewhere is not None:
            weights = weights * somewhere
        mixed = torch.einsum("bhts,bshi->bthi", weights, v)
        return self.wo(mixed.reshape(x.shape))
