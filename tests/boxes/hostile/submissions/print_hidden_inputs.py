"""Prints every input it gets.

Must: passed
"""


def double(x):
    print("SEEN", x.tolist())
    return x + x
