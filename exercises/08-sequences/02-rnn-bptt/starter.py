import numpy as np


# Task 1
def step_bwd(dh, x, h_before, h, Wx, Wh):
    """Back through h = tanh(x @ Wx + h_before @ Wh + b).

    dh, h_before, h: [N, H].  x: [N, D].  Returns (dx, dh_before, dWx, dWh, db).
    """
    ...


# Task 2
def rnn_fwd(x, h0, Wx, Wh, b):
    """x: [N, T, D].  Returns (h [N, T, H], cache)."""
    ...


def rnn_bwd(dh, cache):
    """dh: [N, T, H].  Returns (dx, dh0, dWx, dWh, db)."""
    ...
