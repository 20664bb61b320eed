"""Puts hidden inputs into the text and the type of an exception.

Must: failed
"""


def double(x):
    if x.ndim == 2:
        raise type("Leak" + str(int(x[0, 0] * 1e6)), (Exception,), {})(f"LEAK {x.tolist()}")
    return x + x
