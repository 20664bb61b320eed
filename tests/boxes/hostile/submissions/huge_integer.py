"""Returns an integer of ten million digits.

Must: failed
"""


def double(x):
    return 1 << 33_000_000
