"""A KV cache: new tokens ask old keys and values, and only they go through the model."""

import math

import torch


def attend(attn, heads, x, past):
    B, t, d = x.shape
    q, k, v = (
        layer(x).reshape(B, t, heads, d // heads).transpose(1, 2) for layer in (attn.wq, attn.wk, attn.wv)
    )
    if past is not None:
        k = torch.cat([past[0], k], dim=2)
        v = torch.cat([past[1], v], dim=2)
    S = k.shape[2] - t
    allowed = torch.ones(t, S + t, dtype=torch.bool, device=x.device).tril(S)
    score = (q @ k.transpose(2, 3) / math.sqrt(d // heads)).masked_fill(~allowed, -math.inf)
    y = score.softmax(dim=3) @ v
    return attn.wo(y.transpose(1, 2).reshape(B, t, d)), (k, v)


def extend(model, heads, ids, cache):
    S = 0 if cache is None else cache[0][0].shape[2]
    places = torch.arange(S, S + ids.shape[1], device=ids.device)
    if S + len(places) > model.wpe.num_embeddings:
        raise ValueError(f"there is no place for {S + len(places)} tokens")
    x = model.wte(ids) + model.wpe(places)
    pasts = []
    for i, block in enumerate(model.h):
        said, past = attend(block.attn, heads, block.ln_1(x), None if cache is None else cache[i])
        x = x + said
        x = x + block.ff(block.ln_2(x))
        pasts.append(past)
    return model.lm_head(model.ln_f(x)), pasts


def generate(model, heads, ids, count):
    block = model.wpe.num_embeddings
    text, new, cache = ids, ids, None
    for _ in range(count):
        if cache is not None and cache[0][0].shape[2] == block:
            cache, new = None, text[:, -(block // 2) :]
        logits, cache = extend(model, heads, new, cache)
        new = logits[:, -1:].argmax(dim=2)
        text = torch.cat([text, new], dim=1)
    return text.clone()
