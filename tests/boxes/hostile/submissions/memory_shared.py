"""Wants anonymous shared memory, which the cap of a process does not count.

Must: crashed
"""

import mmap

maps = [mmap.mmap(-1, 1 << 30) for _ in range(8)]
