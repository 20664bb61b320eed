"""task: 1, 2, 3

You return what came in. Begin with `attend` without a past: that is the attention of module 11."""

import torch


def attend(attn, heads, x, past):
    return x, (x, x)


def extend(model, heads, ids, cache):
    return torch.zeros(*ids.shape, model.wte.num_embeddings), []


def generate(model, heads, ids, count):
    return ids
