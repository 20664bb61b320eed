"""Returns a list nested a hundred thousand deep.

Must: failed
"""


def double(x):
    nested = []
    for _ in range(100_000):
        nested = [nested]
    return nested
