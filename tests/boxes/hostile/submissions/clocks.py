"""Makes time stand still, as far as Python can see.

Must: timed_out
"""

import time

time.monotonic = time.time = time.perf_counter = lambda: 0.0
time.sleep = lambda seconds: None
while True:
    time.monotonic()
