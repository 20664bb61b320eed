"""task: 2

You keep the last input in a place of its own and not in the cache. As soon as forward runs twice
before backward, the first layer gets the second one's numbers.
"""

_last = {}


def linear_fwd(x, W, b):
    _last["x"], _last["W"] = x, W
    return x @ W + b, None


def linear_bwd(dout, cache):
    x, W = _last["x"], _last["W"]
    return dout @ W.T, x.T @ dout, dout.sum(axis=0)
