"""task: 1

You walk through the list from the end. The first pair in the list is applied first; sine of a
square is not the square of a sine.
"""


def compose_grad(fs, x):
    slope = 1.0
    for f, df in reversed(fs):
        slope *= df(x)
        x = f(x)
    return slope
