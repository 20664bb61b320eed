"""task: static

This asks a library to do it. The point here is to throw the coins yourself, and to know which ones.
"""

import torch


def dropout_fwd(x, p, rng, train):
    mask = torch.nn.functional.dropout(torch.ones(x.shape), p, train).numpy().astype(x.dtype)
    return x * mask, mask


def dropout_bwd(dy, mask):
    return dy * mask
