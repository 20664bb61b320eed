import numpy as np


# Task 1
def gru_fwd(x, h0, Wx, Wh, bx, bh, variant):
    """x: [N, T, D].  h0: [N, H].  Wx: [D, 3H].  Wh: [H, 3H].  bx, bh: [3H].

    The blocks of H columns: reset, update, candidate.  variant: "after" or "before".
    Returns (h [N, T, H], cache).
    """
    ...


# Task 2: caches of "after".  Task 3: caches of "before".
def gru_bwd(dh, cache):
    """dh: [N, T, H].  Returns (dx, dh0, dWx, dWh, dbx, dbh)."""
    ...
