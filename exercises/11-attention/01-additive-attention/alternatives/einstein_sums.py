"""Einstein sums; exp over the allowed places only, after the largest allowed score was subtracted."""

import torch


def additive_scores(q, keys, Wq, Wk, v):
    hidden = torch.einsum("bi,ia->ba", q, Wq)[:, None] + torch.einsum("bti,ia->bta", keys, Wk)
    return torch.einsum("bta,a->bt", torch.tanh(hidden), v)


def bahdanau(q, keys, values, mask, Wq, Wk, v):
    scores = additive_scores(q, keys, Wq, Wk, v)
    allowed = torch.ones_like(scores, dtype=torch.bool) if mask is None else mask
    lowest = torch.full_like(scores, -1e30)
    top = torch.where(allowed, scores, lowest).amax(dim=1, keepdim=True).detach()
    e = torch.where(allowed, scores - top, torch.zeros_like(scores)).exp() * allowed
    total = e.sum(dim=1, keepdim=True)
    w = e / torch.where(total > 0, total, torch.ones_like(total))
    return torch.einsum("bt,btv->bv", w, values), w
