"""Maps /dev/zero shared: memory that belongs to no file system and to no cap.

Must: passed
"""

import mmap
import os

for name in ("/dev/zero", "/dev/full", "/dev/null"):
    try:
        file = os.open(name, os.O_RDWR)
        mmap.mmap(file, 1 << 20, mmap.MAP_SHARED)
    except (OSError, ValueError):
        continue
    raise SystemExit(f"{name} gives memory")


def double(x):
    return x + x
