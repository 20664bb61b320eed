"""Settles the last pair of sizes and leaves the rest to a smaller problem."""


def broadcast_shape(a, b):
    if not a:
        return tuple(b)
    if not b:
        return tuple(a)
    p, q = a[-1], b[-1]
    if 1 not in (p, q) and p != q:
        raise ValueError("no fit")
    last = p if q == 1 else q
    return broadcast_shape(a[:-1], b[:-1]) + (last,)
