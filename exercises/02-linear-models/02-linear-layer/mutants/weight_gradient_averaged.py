"""task: 2

You divide the weight gradient by the size of the batch. If the loss is a mean, that factor came in
with dout; dividing once more makes the steps N times too short.
"""


def linear_fwd(x, W, b):
    return x @ W + b, (x, W)


def linear_bwd(dout, cache):
    x, W = cache
    return dout @ W.T, x.T @ dout / len(x), dout.sum(axis=0)
