def slope_at(f, x, h=1e-5):
    """The slope of f at x, by the central difference with step h.

    f: takes one number, returns one number.  x, h: numbers, h > 0.
    Returns one number.
    """
    ...
