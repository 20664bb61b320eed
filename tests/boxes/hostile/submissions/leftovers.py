"""Looks for what an earlier learner left in memory and in files.

Must: passed
"""

import os

import numpy as np

if os.listdir("/tmp") or os.listdir("/dev/shm"):
    raise SystemExit(f"left over: {os.listdir('/tmp')} {os.listdir('/dev/shm')}")
mark = np.float64(1234.56789e100)
for _ in range(50):
    if (np.empty(100_000) == mark).any():
        raise SystemExit("somebody's numbers")
left = np.full(100_000, mark)
open("/tmp/left", "w").close()


def double(x):
    return x + x
