"""What a box with a GPU may do that no other box may: the openings, each named, and the filter that has them.

`sandbox_images/inside` stays as it is for every other box; this lies beside it in the GPU's image only. Which
numbers the driver's calls have is from NVIDIA's open kernel modules (nv-ioctl-numbers.h, uvm_ioctl.h,
uvm_linux_ioctl.h). None of it has met a card yet.
"""

from __future__ import annotations

import errno
import resource
import struct

import seccomp  # type: ignore[import-not-found]

OPENINGS = {
    "device nodes": "those of the leased slice, of the driver's control and of unified memory are in `/dev`",
    "ioctl": "the driver's calls: the letter `F`, the numbers below 256, and 0x30000001 and 0x30000002",
    "shared anonymous memory": "`mmap` gives memory that is shared and of no file",
    "address space": "not capped where a card is (`kernel.py`): a context reserves terabytes",
    "locked memory": "64 MB, for buffers that the card reads by itself; `mlock` stays refused",
    "descriptors": "1024, and those that the driver opened in the rehearsal stay open",
    "threads": "16 more processes or threads, for the driver's own",
}
"""In words; `docs/security.md` says what each weakens, and a test holds the two together."""

MANAGER = ord("F") << 8
UNIFIED_BELOW = 0x100
UNIFIED = (0x30000001, 0x30000002)
"""Its first and last call; all others are plain small numbers."""
KIND = 0xFF00
"""Where the letter of a call is in its number."""

CAPS = {
    resource.RLIMIT_MEMLOCK: 64 * 2**20,
    resource.RLIMIT_NOFILE: 1024,
}


def _ioctl(number: int) -> list[tuple[int, int, int, int]]:
    """Allow `ioctl` for the six that every box has, and for the driver's."""
    allowed = [*seccomp.IOCTLS, *UNIFIED]
    rest = [
        (seccomp.JUMP_AT_LEAST, 0, 3, UNIFIED_BELOW),
        (seccomp.AND, 0, 0, KIND),
        (seccomp.JUMP_EQUAL, 1, 0, MANAGER),
        (seccomp.RETURN, 0, 0, seccomp.ERRNO | errno.EPERM),
        (seccomp.RETURN, 0, 0, seccomp.ALLOW),
    ]
    # Each jumps over the tests that follow it and all of the rest but the last.
    tests = [
        (seccomp.JUMP_EQUAL, len(allowed) - 1 - place + len(rest) - 1, 0, value)
        for place, value in enumerate(allowed)
    ]
    body = [(seccomp.LOAD, 0, 0, seccomp._argument(1)), *tests, *rest]
    return [(seccomp.JUMP_EQUAL, 0, len(body), number), *body]


def program(machine: str) -> bytes:
    """The wide filter with the openings. They come first, so that what follows never sees these two calls."""
    column, _ = seccomp.MACHINES[machine]
    checked = seccomp._numbers(seccomp.CHECKED, column)
    whole: bytes = seccomp.program(machine, wide=True)
    head = 8 * (6 if machine == "x86_64" else 4)  # which machine, and that its own numbers are loaded
    never = seccomp.MAP_GROWSDOWN | seccomp.MAP_HUGETLB
    opened = [*_ioctl(checked["ioctl"]), *seccomp._none_of(checked["mmap"], 3, never, errno.ENOMEM)]
    return whole[:head] + b"".join(struct.pack("<HBBI", *each) for each in opened) + whole[head:]
