"""task: 2

You let every pair of sizes pass. When 2 meets 3 there is no way to pair the entries up, so the
right answer is a ValueError.
"""

from itertools import zip_longest


def broadcast_shape(a, b):
    sizes = []
    for p, q in zip_longest(reversed(a), reversed(b), fillvalue=1):
        sizes.append(q if p == 1 else p)
    return tuple(reversed(sizes))
