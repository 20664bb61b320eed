"""Looks for a program or a call that gives another identity.

Must: passed
"""

import ctypes
import os
import stat

libc = ctypes.CDLL(None)
if 0 in (libc.setuid(0), libc.setgid(0), libc.setresuid(0, 0, 0), libc.setgroups(1, (ctypes.c_uint * 1)(0))):
    raise SystemExit("another identity")
for folder in ("/usr/bin", "/bin", "/usr/sbin", "/sbin", "/usr/lib/openssh", "/usr/lib/dbus-1.0"):
    for name in os.listdir(folder) if os.path.isdir(folder) else ():
        mode = os.lstat(os.path.join(folder, name)).st_mode
        if stat.S_ISREG(mode) and mode & 0o6000 and libc.prctl(39, 0, 0, 0, 0) != 1:  # no new privileges
            raise SystemExit(f"{folder}/{name}")


def double(x):
    return x + x
