"""Starts threads until the system refuses.

Must: crashed
"""

import threading
import time

for _ in range(10_000):
    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
