def compose_grad(fs, x):
    """The slope at x of f_n(...f_2(f_1(x))).

    fs: list of pairs (f, df), the first pair is applied first.  x: a number.
    Returns one number.
    """
    ...
