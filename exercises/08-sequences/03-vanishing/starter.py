import numpy as np


# Task 1
def jac_norms(Wh, hs):
    """Wh: [H, H].  hs: [T, H], the states after each step.

    Returns [T]: the largest singular value of dh_T / dh_t for t = 0..T-1.
    """
    ...


# Task 2
def choose_gain(Q, h0, u):
    """Q: [H, H].  h0: [H].  u: [T, H].  Returns a gain g for which the message arrives."""
    ...
