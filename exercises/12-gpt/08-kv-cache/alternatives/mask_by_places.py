"""The mask compares the places of queries and keys; keys are cached as they are, and a recursive writer."""

import math

import torch


def cut(x, heads):
    B, N, d = x.shape
    return x.view(B, N, heads, d // heads).permute(0, 2, 1, 3)


def attend(attn, heads, x, past):
    k, v = cut(attn.wk(x), heads), cut(attn.wv(x), heads)
    if past:
        k, v = torch.cat((past[0], k), 2), torch.cat((past[1], v), 2)
    key_place = torch.arange(k.shape[2], device=x.device)
    own_place = key_place[-x.shape[1] :]
    future = key_place[None, :] > own_place[:, None]
    score = torch.einsum("bhqd,bhkd->bhqk", cut(attn.wq(x), heads), k) / math.sqrt(k.shape[3])
    score = score + torch.zeros_like(score).masked_fill(future, torch.finfo(score.dtype).min)
    share = torch.exp(score - score.logsumexp(dim=-1, keepdim=True))
    return attn.wo(torch.einsum("bhqk,bhkd->bqhd", share, v).flatten(2)), (k, v)


def extend(model, heads, ids, cache):
    start = cache[0][0].shape[2] if cache else 0
    end = start + ids.shape[1]
    if end > model.wpe.num_embeddings:
        raise ValueError("too many tokens")
    x = model.wte(ids) + model.wpe.weight[start:end]
    found = []
    for block, past in zip(model.h, cache or [None] * len(model.h)):
        said, kept = attend(block.attn, heads, block.ln_1(x), past)
        found.append(kept)
        middle = x + said
        x = middle + block.ff(block.ln_2(middle))
    return model.lm_head(model.ln_f(x)), found


def generate(model, heads, ids, count, cache=None, unread=None):
    if count == 0:
        return ids + 0
    block = model.wpe.num_embeddings
    unread = ids if unread is None else unread
    if cache and cache[0][0].shape[2] + unread.shape[1] > block:
        cache, unread = None, ids[:, ids.shape[1] - block // 2 :]
    logits, cache = extend(model, heads, unread, cache)
    new = torch.max(logits[:, -1], dim=1).indices[:, None]
    return generate(model, heads, torch.cat((ids, new), 1), count - 1, cache, new)
