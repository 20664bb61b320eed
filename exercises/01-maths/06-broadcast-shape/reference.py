from itertools import zip_longest


def broadcast_shape(a, b):
    """Pair the sizes from the right; a missing size counts as 1."""
    sizes = []
    for p, q in zip_longest(reversed(a), reversed(b), fillvalue=1):
        if p != q and p != 1 and q != 1:
            raise ValueError(f"shapes {a} and {b} do not fit: {p} meets {q}")
        sizes.append(q if p == 1 else p)
    return tuple(reversed(sizes))
