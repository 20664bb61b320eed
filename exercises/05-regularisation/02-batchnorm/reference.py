"""Batch normalisation; the cache holds the normalised numbers and one over the spread."""

import numpy as np


def bn_fwd(x, g, b, run_mean, run_var, train, momentum=0.1, eps=1e-5):
    if train:
        n = len(x)
        if n < 2:
            raise ValueError("a batch of one example has no spread")
        mean = x.mean(axis=0)
        centred = x - mean
        var = (centred**2).mean(axis=0)
        run_mean[...] = (1 - momentum) * run_mean + momentum * mean
        run_var[...] = (1 - momentum) * run_var + momentum * var * n / (n - 1)
    else:
        centred = x - run_mean
        var = run_var
    inverse = 1 / np.sqrt(var + eps)
    normal = centred * inverse
    return g * normal + b, (normal, inverse, g, train)


def bn_bwd(dy, cache):
    normal, inverse, g, train = cache
    d = dy * g
    if train:
        d = d - d.mean(axis=0) - normal * (d * normal).mean(axis=0)
    return d * inverse, (dy * normal).sum(axis=0), dy.sum(axis=0)
