def linear_fwd(x, W, b):
    return x @ W + b, (x, W)


def linear_bwd(dout, cache):
    x, W = cache
    return dout @ W.T, x.T @ dout, dout.sum(axis=0)
