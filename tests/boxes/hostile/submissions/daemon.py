"""Leaves a detached grandchild behind and solves the task.

Must: passed
"""

import ctypes
import os
import time

if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        ctypes.CDLL(None).prctl(15, b"zg-leftover", 0, 0, 0)
        time.sleep(600)
    os._exit(0)
os.wait()


def double(x):
    return x + x
