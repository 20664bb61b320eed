"""task: 1

You add the bias to the first example only. Every example passes through the same units, so every
row gets the bias.
"""


def linear_fwd(x, W, b):
    out = x @ W
    out[0] += b
    return out, (x, W)


def linear_bwd(dout, cache):
    x, W = cache
    return dout @ W.T, x.T @ dout, dout.sum(axis=0)
