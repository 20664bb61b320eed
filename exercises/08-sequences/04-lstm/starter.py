import numpy as np


# Task 1
def lstm_fwd(x, h0, c0, Wx, Wh, b):
    """x: [N, T, D].  h0, c0: [N, H].  Wx: [D, 4H].  Wh: [H, 4H].  b: [4H].

    The blocks of H columns: input, forget, output, candidate.
    Returns (h [N, T, H], last cell c [N, H], cache).
    """
    ...


# Task 2
def lstm_bwd(dh, dc, cache):
    """dh: [N, T, H].  dc: [N, H].  Returns (dx, dh0, dc0, dWx, dWh, db)."""
    ...
