def slope_at(f, x, h=1e-5):
    """The slope of f at x: rise over run between x - h and x + h."""
    return (f(x + h) - f(x - h)) / (2 * h)
