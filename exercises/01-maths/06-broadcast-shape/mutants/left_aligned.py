"""task: 1, 2

You line the shapes up at the left. Broadcasting lines them up at the right: a row of 3 numbers fits
an array of shape (4, 3), because both end in 3.
"""

from itertools import zip_longest


def broadcast_shape(a, b):
    sizes = []
    for p, q in zip_longest(a, b, fillvalue=1):
        if p != q and p != 1 and q != 1:
            raise ValueError("these shapes do not fit")
        sizes.append(q if p == 1 else p)
    return tuple(sizes)
