"""Plants links, pipes and devices where somebody may read.

Must: passed
"""

import os

os.symlink("/etc/shadow", "/tmp/result")
os.symlink("/var/run/docker.sock", "/tmp/socket")
try:
    os.mknod("/tmp/device", 0o666 | 0o060000, os.makedev(254, 0))
except OSError:
    pass
else:
    raise SystemExit("a device was made")
try:
    os.mkfifo("/tmp/pipe")
except OSError:
    pass


def double(x):
    return x + x
