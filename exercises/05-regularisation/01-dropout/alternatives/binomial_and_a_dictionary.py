"""Coins from the binomial distribution, and a dictionary that remembers them."""

import numpy as np


def dropout_fwd(x, p, rng, train):
    if not train:
        return np.array(x), {"kept": None}
    kept = rng.binomial(1, 1 - p, size=x.shape).astype(bool)
    y = np.zeros_like(x)
    if p < 1:
        y[kept] = x[kept] / (1 - p)
    return y, {"kept": kept, "p": p}


def dropout_bwd(dy, mask):
    if mask["kept"] is None:
        return np.array(dy)
    dx = np.zeros_like(dy)
    if mask["p"] < 1:
        dx[mask["kept"]] = dy[mask["kept"]] / (1 - mask["p"])
    return dx
