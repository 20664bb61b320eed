"""One small layer scores every key; softmax over the allowed ones; a mixture of the values."""

import torch


def additive_scores(q, keys, Wq, Wk, v):
    return torch.tanh((q @ Wq).unsqueeze(1) + keys @ Wk) @ v


def bahdanau(q, keys, values, mask, Wq, Wk, v):
    scores = additive_scores(q, keys, Wq, Wk, v)
    if mask is not None:
        scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
    w = torch.softmax(scores, dim=1)
    if mask is not None:
        w = w.masked_fill(~mask, 0)
    return (w.unsqueeze(2) * values).sum(dim=1), w
