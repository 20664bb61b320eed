"""Puts hidden inputs into the text of an exception that means: out of memory.

Must: failed
"""


def double(x):
    if x.ndim == 2:
        raise MemoryError(f"{x.tolist()}")
    return x + x
