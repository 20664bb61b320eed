import numpy as np


# Task 1
def numeric_vjp(f, x, dy, h=1e-5):
    """-> dx, shaped like x: the slope of sum(dy * f(x)) in each number of x."""
    ...


# Task 2
def gradcheck(f, f_bwd, x, rng):
    """-> True if f_bwd(dy, x) is the gradient of f at x, otherwise False."""
    ...
