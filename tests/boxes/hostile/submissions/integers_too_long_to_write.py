"""Returns integers of nine thousand digits where numbers, keys and members belong: no decimal text has room.

Must: failed
"""

big = 10**9000


def double(x):
    return {big: [big, -big], (big, "a"): {big}, "b": x * 0 + float("inf")}
