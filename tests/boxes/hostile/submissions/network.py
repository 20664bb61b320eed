"""Looks for any way to another machine or another process.

Must: passed
"""

import socket

for family in range(1, 46):
    for kind in (1, 2, 3, 5):
        try:
            way = socket.socket(family, kind)
        except OSError:
            continue
        if family != socket.AF_UNIX:
            raise SystemExit(f"a socket of family {family}")
        for name in ("\0zero-to-gpt", "/box/link/socket", "/run/docker.sock", "/tmp/.X11-unix/X0"):
            try:
                way.connect(name)
            except OSError:
                continue
            raise SystemExit(f"somebody answers at {name!r}")


def double(x):
    return x + x
