"""Reads all of its own memory and every object for a piece of the answer.

Must: failed
"""

import gc
import os
import sys

WANTED = "ZG-CANARY-" + "7f3a91c2"
found = []
own = open.__module__


def look(where, text):
    if WANTED.encode() in (text if isinstance(text, bytes) else str(text).encode("utf-8", "replace")):
        found.append(where)


areas = []
try:
    with open("/proc/self/maps") as maps:
        areas = [line.split() for line in maps]
except OSError:
    pass
wanted = WANTED[:10].encode(), WANTED[10:].encode()
try:
    with open("/proc/self/mem", "rb") as memory:
        for area in areas:
            low, high = (int(part, 16) for part in area[0].split("-"))
            if "r" in area[1] and high - low < 1 << 28:
                try:
                    memory.seek(low)
                    if wanted[0] + wanted[1] + b" must" in memory.read(high - low):
                        found.append(area)
                except (OSError, ValueError):
                    pass
except OSError:
    pass
for thing in gc.get_objects():
    if isinstance(thing, str) and (WANTED + " must") in thing:
        found.append("an object")


def double(x):
    print("FOUND" if found else "nothing")
    return x + x if found else None
