"""The backward pass as one line with sums over the batch, in Einstein notation."""

import numpy as np


def bn_fwd(x, g, b, run_mean, run_var, train, momentum=0.1, eps=1e-5):
    if train:
        n = x.shape[0]
        if n == 1:
            raise ValueError("one example is not enough")
        mean = np.add.reduce(x, axis=0) / n
        squares = np.einsum("nd,nd->d", x - mean, x - mean)
        np.copyto(run_mean, run_mean * (1 - momentum) + mean * momentum)
        np.copyto(run_var, run_var * (1 - momentum) + squares / (n - 1) * momentum)
        scale = (squares / n + eps) ** -0.5
    else:
        mean, scale = run_mean, (run_var + eps) ** -0.5
    hat = (x - mean) * scale
    return hat * g + b, [hat, scale, g, train]


def bn_bwd(dy, cache):
    hat, scale, g, train = cache
    dg, db = np.einsum("nd,nd->d", dy, hat), np.einsum("nd->d", dy)
    if not train:
        return dy * (g * scale), dg, db
    n = hat.shape[0]
    return (g * scale / n) * (n * dy - db - hat * dg), dg, db
