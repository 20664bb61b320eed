"""Returns a dictionary whose keys all collide.

Must: failed
"""


def double(x):
    return {(2**61 - 1) * n: n for n in range(50_000)}
