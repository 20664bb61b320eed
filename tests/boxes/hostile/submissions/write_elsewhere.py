"""Writes into every folder it can see; only two may take it.

Must: passed
"""

import os

for folder, below, _ in os.walk("/"):
    if folder.count("/") > 3 or folder.startswith(("/proc", "/tmp", "/dev/shm")):
        below.clear()
        continue
    try:
        open(os.path.join(folder, "planted"), "w").close()
    except OSError:
        continue
    raise SystemExit(f"wrote into {folder}")


def double(x):
    return x + x
