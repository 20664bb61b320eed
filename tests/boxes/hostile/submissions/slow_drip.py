"""Prints a dot now and then, so that no silence is ever long.

Must: timed_out
"""

import time

while True:
    print(".", flush=True)
    time.sleep(0.02)
