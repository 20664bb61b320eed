"""task: 1, 2, 3

Nothing is computed yet: what comes in goes out.
"""


def scale(x, factor):
    return x


def centre(x):
    return x


def solve(a, b):
    return a[0] * 0
