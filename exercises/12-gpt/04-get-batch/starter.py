import numpy as np


# Task 1
def cut(data, starts, T):
    """data: [N] whole numbers.  starts: [B].  -> x [B, T], y [B, T], windows and the same one token later."""
    ...


# Task 2
def get_batch(data, B, T, rng):
    """B windows of T tokens at places drawn from rng. -> x [B, T], y [B, T]"""
    ...
