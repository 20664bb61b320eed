"""Peels off the first function and asks itself for the slope of the rest."""


def compose_grad(fs, x):
    if not fs:
        return 1.0
    (f, df), rest = fs[0], fs[1:]
    return compose_grad(rest, f(x)) * df(x)
