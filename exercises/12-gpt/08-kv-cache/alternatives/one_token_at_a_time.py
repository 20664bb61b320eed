"""Pieces are read token by token, so no mask is needed; heads by einsum; it counts how full the cache is."""

import torch


def attend(attn, heads, x, past):
    B, t, d = x.shape
    size = d // heads
    rows = []
    for i in range(t):
        row = x[:, i]
        q, k, v = (layer(row).view(B, heads, 1, size) for layer in (attn.wq, attn.wk, attn.wv))
        keys, values = (k, v) if past is None else (torch.cat((past[0], k), 2), torch.cat((past[1], v), 2))
        score = torch.einsum("bhid,bhsd->bhs", q, keys) * size**-0.5
        mixed = torch.einsum("bhs,bhsd->bhd", torch.softmax(score, -1), values)
        rows.append(attn.wo(mixed.reshape(B, d)))
        past = (keys, values)
    return torch.stack(rows, dim=1), past


def extend(model, heads, ids, cache):
    old = 0 if cache is None else cache[0][0].size(2)
    if old + ids.size(1) > len(model.wpe.weight):
        raise ValueError("no place left")
    cache = [None] * len(model.h) if cache is None else list(cache)
    x = model.wte(ids) + model.wpe.weight[old : old + ids.size(1)]
    for i in range(len(cache)):
        block = model.h[i]
        said, cache[i] = attend(block.attn, heads, block.ln_1(x), cache[i])
        x = x + said
        x = x + block.ff(block.ln_2(x))
    return model.lm_head(model.ln_f(x)), cache


def generate(model, heads, ids, count):
    block = model.wpe.num_embeddings
    columns = list(ids.unbind(1))
    cache, full, waiting = None, 0, list(columns)
    with torch.no_grad():
        while len(columns) < ids.shape[1] + count:
            if full == block:
                cache, full, waiting = None, 0, columns[-(block // 2) :]
            logits, cache = extend(model, heads, torch.stack(waiting, 1), cache)
            full += len(waiting)
            waiting = [logits[:, -1].argmax(1)]
            columns += waiting
    return torch.stack(columns, 1)
