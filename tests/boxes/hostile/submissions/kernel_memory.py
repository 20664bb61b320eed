"""Fills pipes and asks for queues and System V memory.

Must: passed, crashed, timed_out
"""

import ctypes
import os

libc = ctypes.CDLL(None)
if libc.shmget(0, 1 << 20, 0o1600) >= 0 or libc.msgget(0, 0o1600) >= 0 or libc.semget(0, 1, 0o1600) >= 0:
    raise SystemExit("System V objects were made")
pipes = []
try:
    while True:
        pipes.append(os.pipe())
        os.set_blocking(pipes[-1][1], False)
        os.write(pipes[-1][1], bytes(1 << 16))
except OSError:
    pass
for pair in pipes:
    os.close(pair[0])
    os.close(pair[1])


def double(x):
    return x + x
