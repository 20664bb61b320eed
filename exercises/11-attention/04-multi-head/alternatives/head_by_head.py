"""A loop over the heads, each with its own rows of the weights; scores over the allowed keys only."""

import torch
import torch.nn.functional as F
from torch import nn


def split_heads(x, h):
    return torch.stack(x.chunk(h, dim=2), dim=1)


def join_heads(x):
    return torch.cat(x.unbind(dim=1), dim=2)


class MHA(nn.Module):
    def __init__(self, d, h):
        super().__init__()
        self.wo, self.wv, self.wk, self.wq = (nn.Linear(d, d) for _ in range(4))
        self.pieces = torch.arange(d).chunk(h)

    def one(self, piece, x, context, mask):
        q, k, v = (
            F.linear(rows, layer.weight[piece], layer.bias[piece])
            for layer, rows in ((self.wq, x), (self.wk, context), (self.wv, context))
        )
        scores = torch.bmm(q, k.mT) * len(piece) ** -0.5
        if mask is None:
            return scores.softmax(-1) @ v
        top = scores.detach().where(mask, scores.new_tensor(-1e30)).amax(-1, keepdim=True)
        e = torch.where(mask, scores - top, scores.new_zeros(())).exp() * mask
        total = e.sum(-1, keepdim=True)
        return e / (total + (total == 0)) @ v

    def forward(self, x, context=None, mask=None):
        if context is None:
            context = x
        found = [self.one(piece, x, context, mask) for piece in self.pieces]
        return self.wo(torch.cat(found, dim=-1))
