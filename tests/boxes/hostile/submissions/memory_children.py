"""Spreads memory over thirty children, each below its own cap.

Must: timed_out, crashed, out_of_memory
"""

import os
import time

for _ in range(30):
    if os.fork() == 0:
        data = bytearray(200 << 20)
        data[::4096] = bytes(len(data[::4096]))
        time.sleep(60)
while True:
    pass
