import numpy as np


def the_name_fwd(x, W):  # FILL: the parameters, as in starter.py
    return x @ W, (x, W)  # FILL: your forward pass


def the_name_bwd(dout, cache):
    return dout @ cache[1].T, cache[0].T @ dout  # FILL: your backward pass
