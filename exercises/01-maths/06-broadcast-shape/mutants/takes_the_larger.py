"""task: 1, 2

You take the larger of two sizes. That is right until a size of 0 comes along: 1 is stretched to 0,
so the result is empty. Ask which one is 1, not which one is larger.
"""

from itertools import zip_longest


def broadcast_shape(a, b):
    sizes = []
    for p, q in zip_longest(reversed(a), reversed(b), fillvalue=1):
        if p != q and p != 1 and q != 1:
            raise ValueError("these shapes do not fit")
        sizes.append(max(p, q))
    return tuple(reversed(sizes))
