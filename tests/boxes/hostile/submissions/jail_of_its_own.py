"""Takes namespaces through flags in the upper half of an argument, and through every call that knows them.

Must: passed
"""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
held = os.uname().machine == "x86_64"
flags = 0x7E020000
for number, *arguments in (
    (56, ctypes.c_ulong(1 << 32 | flags), 0, 0, 0, 0),
    (56, ctypes.c_ulong(flags | 0x80), 0, 0, 0, 0),
    (272, ctypes.c_ulong(1 << 40 | 0x10000000), 0, 0, 0, 0),
    (272, ctypes.c_ulong(0x80), 0, 0, 0, 0),
    (308, -1, 0, 0, 0, 0),
    (435, 0, 88, 0, 0, 0),
    (438, 0, 0, 0, 0, 0),
    (434, 1, 0, 0, 0, 0),
):
    result = libc.syscall(ctypes.c_long(number), *arguments)
    if result == 0 and number == 56:
        os._exit(0)
    held = held and result < 0 and ctypes.get_errno() in (1, 38)


def double(x):
    return x + x if held else None
