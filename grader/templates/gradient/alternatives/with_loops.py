"""FILL: how this right answer differs from the reference, as in: row by row, with loops"""

import numpy as np


def the_name_fwd(x, W):  # FILL: the parameters, as in starter.py
    return x @ W, (x, W)  # FILL: a forward pass that is built differently


def the_name_bwd(dout, cache):
    return dout @ cache[1].T, cache[0].T @ dout  # FILL: a backward pass that is built differently
