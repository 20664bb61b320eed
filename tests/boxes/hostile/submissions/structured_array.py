"""Returns a structured array over the right bytes.

Must: failed
"""


def double(x):
    return (x + x).view([("a", "f8")])
