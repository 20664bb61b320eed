def broadcast_shape(a, b):
    """The shape of x + y for arrays x and y of shapes a and b.

    a, b: tuples of whole numbers >= 0.  Returns a tuple.
    Raises ValueError if the shapes do not fit.
    """
    ...
