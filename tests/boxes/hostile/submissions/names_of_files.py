"""Fills what a file system keeps beside contents: long names, long links, deep folders, holes.

Must: passed
"""

import os

count = 0
try:
    os.chdir("/tmp")
    while True:
        os.symlink("x" * 4000, f"{count:0200}")
        count += 1
except OSError:
    pass
try:
    while True:
        os.mkdir("d" * 200)
        os.chdir("d" * 200)
except OSError:
    pass
held = count < 10_000


def double(x):
    return x + x if held else None
