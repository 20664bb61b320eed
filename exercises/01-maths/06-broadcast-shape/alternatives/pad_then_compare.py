"""Pads the shorter shape with ones in front and compares position by position from the left."""


def broadcast_shape(a, b):
    rank = max(len(a), len(b))
    a = (1,) * (rank - len(a)) + tuple(a)
    b = (1,) * (rank - len(b)) + tuple(b)
    out = ()
    for p, q in zip(a, b):
        if p == q or q == 1:
            out += (p,)
        elif p == 1:
            out += (q,)
        else:
            raise ValueError("these sizes do not fit")
    return out
