"""task: 2

Your dW is the transpose of what it should be. Its shape has to be that of W; on a square W nothing
but the numbers would tell.
"""


def linear_fwd(x, W, b):
    return x @ W + b, (x, W)


def linear_bwd(dout, cache):
    x, W = cache
    return dout @ W.T, dout.T @ x, dout.sum(axis=0)
