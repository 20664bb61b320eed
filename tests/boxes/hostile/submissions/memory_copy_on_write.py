"""Forks children that each write over the pages they inherited.

Must: timed_out, crashed, out_of_memory
"""

import os

data = bytearray(150 << 20)
for _ in range(20):
    if os.fork() == 0:
        for at in range(0, len(data), 4096):
            data[at] = 1
        while True:
            pass
while True:
    pass
