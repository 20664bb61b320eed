"""task: 2

You update W inside the backward pass and then use the new W for dx. The gradient belongs to the
weights that were in use on the way forward; leave the update to the optimiser, after all gradients
are known.
"""


def linear_fwd(x, W, b):
    return x @ W + b, (x, W)


def linear_bwd(dout, cache):
    x, W = cache
    dW = x.T @ dout
    W -= 0.1 * dW
    return dout @ W.T, dW, dout.sum(axis=0)
