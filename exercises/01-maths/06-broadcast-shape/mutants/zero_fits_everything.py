"""task: 2

You let a size of 0 fit any other size. An empty axis is no exception to the rule: 0 and 1 fit, 0
and 0 fit, and 0 and 3 do not.
"""

from itertools import zip_longest


def broadcast_shape(a, b):
    sizes = []
    for p, q in zip_longest(reversed(a), reversed(b), fillvalue=1):
        if 0 in (p, q):
            sizes.append(0)
            continue
        if p != q and p != 1 and q != 1:
            raise ValueError("these shapes do not fit")
        sizes.append(q if p == 1 else p)
    return tuple(reversed(sizes))
