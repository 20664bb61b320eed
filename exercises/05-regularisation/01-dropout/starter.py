import numpy as np


# Task 1
def dropout_fwd(x, p, rng, train):
    """x: array of any shape, p: chance to drop, rng: Generator, train: bool -> (y, mask)."""
    ...


# Task 2
def dropout_bwd(dy, mask):
    """dy: in the shape of y; mask: what dropout_fwd returned -> dx, in the same shape."""
    ...
