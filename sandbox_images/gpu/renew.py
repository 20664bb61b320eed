"""Wipes a slice, searches it for what was left, and computes something that is known: `renew.py LINK`.

Runs alone in a container with the slice, between two jobs. Tells one line of JSON: what it wiped, found and
computed, or why it could not. It judges nothing; nvidia.py does.
"""

from __future__ import annotations

import json
import socket
import sys
from typing import Any

LARGEST = 256 * 2**20
SMALLEST = 2**20
PART = 16 * 2**20
SPARE = 256 * 2**20
"""What counting may use. It is wiped as well, and not searched: afterwards our own numbers are in it."""
SIZE = 512


def all_that_is_free(torch: Any) -> list[Any]:
    """Uninitialised tensors of bytes until nothing more is given, in pieces that get smaller."""
    taken: list[Any] = []
    size = LARGEST
    while size >= SMALLEST:
        try:
            taken.append(torch.empty(size, dtype=torch.uint8, device="cuda"))
        except RuntimeError:  # out of memory
            size //= 2
    return taken


def search(torch: Any, pieces: list[Any]) -> int:
    """How many bytes are not zero; in parts, since counting takes memory too."""
    return sum(int(torch.count_nonzero(part)) for piece in pieces for part in piece.split(PART))


def known(torch: Any) -> int:
    """The sum of a product of whole numbers, small enough to be exact in float32."""
    i = torch.arange(SIZE, device="cuda")
    a = ((3 * i[:, None] + i) % 7).float()
    b = ((i[:, None] + 5 * i) % 11).float()
    return int((a @ b).double().sum())


def told() -> dict[str, Any]:
    import torch

    torch.backends.cuda.matmul.allow_tf32 = False
    cuda: Any = torch.cuda
    if cuda.device_count() != 1:
        return {"problem": f"{cuda.device_count()} devices are there instead of one"}
    total = cuda.get_device_properties(0).total_memory
    spare = torch.zeros(SPARE, dtype=torch.uint8, device="cuda")
    pieces = all_that_is_free(torch)
    del spare  # torch keeps it for what comes next
    before = search(torch, pieces)
    for piece in pieces:
        piece.zero_()
    cuda.synchronize()
    wiped = SPARE + sum(piece.numel() for piece in pieces)
    pieces.clear()
    cuda.empty_cache()
    spare = torch.zeros(SPARE, dtype=torch.uint8, device="cuda")
    pieces = all_that_is_free(torch)
    del spare
    left = search(torch, pieces)
    pieces.clear()
    cuda.empty_cache()
    return {
        "total_mb": total >> 20,
        "wiped_mb": wiped >> 20,
        "before": before,
        "left": left,
        "known": known(torch),
        "device": cuda.get_device_name(0),
    }


def main(where: str) -> None:
    link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    link.connect(where)
    try:
        answer = told()
    except Exception as error:  # noqa: BLE001  whatever it is, it is said
        answer = {"problem": f"{type(error).__name__}: {error}"[:500]}
    link.sendall(json.dumps(answer).encode() + b"\n")
    link.close()


if __name__ == "__main__":
    main(sys.argv[1])
