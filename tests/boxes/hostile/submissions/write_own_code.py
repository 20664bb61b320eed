"""Writes machine code into memory that it then runs, and asks the kernel directly from there.

Must: passed, crashed
"""

import ctypes
import mmap
import os

code = bytes.fromhex("b810010000bf000000100f05c3")  # unshare(CLONE_NEWUSER)
page = mmap.mmap(-1, 4096, prot=7, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
page.write(code)
run = ctypes.CFUNCTYPE(ctypes.c_long)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
held = os.uname().machine == "x86_64" and run() == -1


def double(x):
    return x + x if held else None
