"""Raises its own caps and sets the limits again.

Must: out_of_memory, crashed
"""

import resource

import kernel

for name in dir(resource):
    if name.startswith("RLIMIT_"):
        try:
            resource.setrlimit(getattr(resource, name), (-1, -1))
        except (OSError, ValueError):
            pass
kernel.current.limited = False
try:
    kernel.current._limits("", "", {"memory_mb": 100_000, "seed": 1}, [])
except (OSError, ValueError):
    pass
data = bytearray(4 << 30)
