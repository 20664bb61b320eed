"""task: 1

You add the slopes. If one function doubles every nudge and the next one triples it, the nudge grows
by a factor of six: slopes along a chain multiply.
"""


def compose_grad(fs, x):
    total = 0.0
    for f, df in fs:
        total += df(x)
        x = f(x)
    return total if fs else 1.0
