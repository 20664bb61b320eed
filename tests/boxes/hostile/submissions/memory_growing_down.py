"""Maps memory that grows downwards, deepens its stack, stretches a piece of it: no cap counts any of it.

Must: passed
"""

import ctypes
import mmap
import resource

libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
GROWSDOWN = 0x100
kind = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | GROWSDOWN
given = libc.mmap(None, 1 << 29, mmap.PROT_READ | mmap.PROT_WRITE, kind, -1, 0)
held = given == ctypes.c_void_p(-1).value
try:
    resource.setrlimit(resource.RLIMIT_STACK, (1 << 29, 1 << 29))
except (OSError, ValueError):
    pass
held = held and resource.getrlimit(resource.RLIMIT_STACK)[1] <= 16 << 20
libc.mremap.restype = ctypes.c_void_p
libc.mremap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t, ctypes.c_int]
stack = ctypes.c_void_p.in_dll(libc, "__libc_stack_end").value & ~4095
stretched = libc.mremap(stack, 4096, 1 << 29, 1)
held = held and stretched == ctypes.c_void_p(-1).value


def double(x):
    return x + x if held else None
