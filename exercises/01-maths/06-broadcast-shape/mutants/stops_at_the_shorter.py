"""task: 1, 2

You stop when the shorter shape ends, so the axes that only the longer one has get lost. Imagine
ones in front of the shorter shape and go on.
"""


def broadcast_shape(a, b):
    sizes = []
    for p, q in zip(reversed(a), reversed(b)):
        if p != q and p != 1 and q != 1:
            raise ValueError("these shapes do not fit")
        sizes.append(q if p == 1 else p)
    return tuple(reversed(sizes))
