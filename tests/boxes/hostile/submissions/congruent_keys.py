"""Returns a set of 99,000 numbers of which a tenth have one hash, which took us seconds.

Must: failed
"""


def double(x):
    return {(2**61 - 1) * n for n in range(9_928)} | set(range(1, 89_000))
