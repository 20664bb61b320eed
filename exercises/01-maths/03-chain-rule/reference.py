def compose_grad(fs, x):
    """Walk along the chain once, with the value and the slope so far."""
    slope = 1.0
    for f, df in fs:
        slope = slope * df(x)
        x = f(x)
    return slope
