"""task: static

You call PyTorch's finished attention. Here you write out what happens to the keys
and values, with the past in front."""

import torch
import torch.nn.functional as F


def attend(attn, heads, x, past):
    B, t, d = x.shape
    q, k, v = (f(x).view(B, t, heads, -1).transpose(1, 2) for f in (attn.wq, attn.wk, attn.wv))
    if past:
        k, v = torch.cat((past[0], k), 2), torch.cat((past[1], v), 2)
    mask = torch.ones(t, k.shape[2], dtype=torch.bool).tril(k.shape[2] - t)
    y = F.scaled_dot_product_attention(q, k, v, mask)
    return attn.wo(y.transpose(1, 2).flatten(2)), (k, v)


def extend(model, heads, ids, cache):
    return model(ids), cache


def generate(model, heads, ids, count):
    return ids
