"""task: 1, 2

Your result loses the ones at its front. An axis of size 1 is still an axis, and (1, 3) is not the
shape (3,).
"""

from itertools import zip_longest


def broadcast_shape(a, b):
    sizes = []
    for p, q in zip_longest(reversed(a), reversed(b), fillvalue=1):
        if p != q and p != 1 and q != 1:
            raise ValueError("these shapes do not fit")
        sizes.append(q if p == 1 else p)
    while sizes and sizes[-1] == 1:
        sizes.pop()
    return tuple(reversed(sizes))
