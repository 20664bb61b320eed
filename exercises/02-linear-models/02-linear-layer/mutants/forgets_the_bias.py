"""task: 1

Your output lacks the bias. It is added to every row.
"""


def linear_fwd(x, W, b):
    return x @ W, (x, W)


def linear_bwd(dout, cache):
    x, W = cache
    return dout @ W.T, x.T @ dout, dout.sum(axis=0)
