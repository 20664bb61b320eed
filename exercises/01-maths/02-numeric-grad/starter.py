import numpy as np


def numeric_grad(f, x, h=1e-5):
    """The gradient of f at x, measured by central differences.

    f: takes an array of x's shape, returns one number.  x: array of any shape.
    Returns a float64 array of x's shape.
    """
    ...
