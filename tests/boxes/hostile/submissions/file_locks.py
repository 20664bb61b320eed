"""Takes locks on every byte of a file: each costs the kernel memory.

Must: crashed
"""

import fcntl

with open("/tmp/locked", "wb") as file:
    for at in range(0, 10**8, 2):
        fcntl.lockf(file, fcntl.LOCK_EX, 1, at)
