"""What stands for the program on a card, for a slice that is made of a file: wipe, search, a known kernel.

A program of its own, `fake_card.py MEMORY FAULT`, so that one that hangs can be killed as a card's can.
Prints JSON: the megabytes that were wiped, or what is wrong.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

SIZE = 24
RIGHT = 206_201
"""The sum of the numbers of `product(SIZE)`, which the tests work out another way."""


def product(size: int) -> list[list[int]]:
    """A matrix product of whole numbers: (size, size) by (size, size)."""
    a = [[(3 * row + column) % 7 for column in range(size)] for row in range(size)]
    b = [[(row + 5 * column) % 11 for column in range(size)] for row in range(size)]
    return [[sum(a[i][k] * b[k][j] for k in range(size)) for j in range(size)] for i in range(size)]


def main(memory: str, fault: str) -> dict[str, object]:
    path = Path(memory)
    size = path.stat().st_size
    if fault == "hang":
        while True:
            time.sleep(60)
    if fault != "residue":
        path.write_bytes(bytes(size))
    held = path.read_bytes()  # shorter while the program of a worker that was killed still wipes
    left = len(held) - held.count(0)
    if left:
        return {"residue": left}
    total = sum(map(sum, product(SIZE))) + (fault == "fails")
    return {"wiped_mb": size >> 20, "total": total}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(*sys.argv[1:])))
