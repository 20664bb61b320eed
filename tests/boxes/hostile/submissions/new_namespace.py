"""Wants a user namespace of its own through clone and unshare.

Must: passed
"""

import ctypes

libc = ctypes.CDLL(None)
for flags in (0x10000000, 0x20000000, 0x40000000, 0x02000000, 0x10000000 | 0x00020000):
    if libc.unshare(flags) == 0 or libc.syscall(56, flags | 17, 0, 0, 0, 0) >= 0:
        raise SystemExit("a namespace was made")


def double(x):
    return x + x
