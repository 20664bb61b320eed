"""Spells every sum out with einsum and keeps its cache in a dict."""

import numpy as np


def linear_fwd(x, W, b):
    out = np.einsum("nd,dm->nm", x, W) + b
    return out, {"x": x.copy(), "W": W.copy()}


def linear_bwd(dout, cache):
    dx = np.einsum("nm,dm->nd", dout, cache["W"])
    dW = np.einsum("nd,nm->dm", cache["x"], dout)
    db = np.einsum("nm->m", dout)
    return dx, dW, db
