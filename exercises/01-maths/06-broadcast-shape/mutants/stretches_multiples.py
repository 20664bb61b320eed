"""task: 2

You let 2 be stretched to 4 because 4 is a multiple of 2. numpy repeats only a size of 1; everything
else has to be equal.
"""

from itertools import zip_longest


def broadcast_shape(a, b):
    sizes = []
    for p, q in zip_longest(reversed(a), reversed(b), fillvalue=1):
        small, large = min(p, q), max(p, q)
        if p != q and p != 1 and q != 1 and (small == 0 or large % small):
            raise ValueError("these shapes do not fit")
        sizes.append(q if p == 1 else p)
    return tuple(reversed(sizes))
