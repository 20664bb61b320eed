"""task: 1

Your product lacks the slope of the last function. A chain of n functions has n factors.
"""


def compose_grad(fs, x):
    slope = 1.0
    for f, df in fs[:-1]:
        slope *= df(x)
        x = f(x)
    return slope
