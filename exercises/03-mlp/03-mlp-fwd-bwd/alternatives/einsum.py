"""The same network in Einstein notation, with relu masks kept as booleans."""

import numpy as np


def mlp_logits(params, X):
    h1 = (np.einsum("nd,dh->nh", X, params["W1"]) + params["b1"]).clip(min=0)
    h2 = (np.einsum("nh,hj->nj", h1, params["W2"]) + params["b2"]).clip(min=0)
    return np.einsum("nj,jk->nk", h2, params["W3"]) + params["b3"]


def mlp_loss(params, X, y, reg):
    W1, W2, W3 = params["W1"], params["W2"], params["W3"]
    z1 = X @ W1 + params["b1"]
    z2 = z1.clip(min=0) @ W2 + params["b2"]
    on1, on2 = z1 > 0, z2 > 0
    a1, a2 = z1 * on1, z2 * on2
    z3 = a2 @ W3 + params["b3"]
    p = np.exp(z3 - z3.max(1, keepdims=True))
    p = p / p.sum(1, keepdims=True)
    hits = y[:, None] == np.arange(z3.shape[1])
    logp = z3 - z3.max(1, keepdims=True)
    logp = logp - np.log(np.exp(logp).sum(1, keepdims=True))
    loss = -np.sum(logp[hits]) / len(X) + reg / 2 * (np.vdot(W1, W1) + np.vdot(W2, W2) + np.vdot(W3, W3))
    d3 = (p - hits.astype(p.dtype)) / len(X)
    d2 = np.einsum("nk,jk->nj", d3, W3) * on2
    d1 = np.einsum("nj,hj->nh", d2, W2) * on1
    pairs = [(X, d1, W1), (a1, d2, W2), (a2, d3, W3)]
    grads = {}
    for i, (left, d, W) in enumerate(pairs, start=1):
        grads["W" + str(i)] = np.einsum("na,nb->ab", left, d) + reg * W
        grads["b" + str(i)] = np.einsum("nb->b", d)
    return loss, grads
