"""Calls the kernel with x32 numbers, past a filter of numbers.

Must: crashed
"""

import ctypes

ctypes.CDLL(None).syscall(0x40000000 | 39)
