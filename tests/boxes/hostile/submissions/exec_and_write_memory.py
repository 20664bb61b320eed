"""Becomes a fresh Python that may open its own memory file, and writes there past protections and caps.

Must: crashed, out_of_memory, timed_out
"""

import os
import sys

code = """
import mmap
hole = mmap.mmap(-1, 1 << 30, prot=mmap.PROT_READ, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
with open("/proc/self/maps") as maps, open("/proc/self/mem", "r+b", buffering=0) as memory:
    for line in maps:
        low, high = (int(end, 16) for end in line.split()[0].split("-"))
        if high - low >= 1 << 30:
            memory.seek(low)
            break
    for _ in range(1024):
        memory.write(bytes(1 << 20))
"""
os.execv(sys.executable or "/usr/bin/python3", ["python3", "-S", "-c", code])
