import numpy as np


def unbroadcast(g, shape):
    """Sum the gradient g back to the shape that was stretched to g.shape.

    g: array.  shape: a tuple that broadcasts to g.shape.
    Returns a new array of that shape and of g's dtype.
    """
    ...
