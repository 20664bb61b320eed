"""Returns the input itself, changed in place.

Must: failed
"""


def double(x):
    x *= 2
    return x
