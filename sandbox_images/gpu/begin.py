"""Starts the kernel in a box with a GPU: `begin.py PROFILE LINK PROCESSES FILES_MB MEMORY_MB`.

As `boot.py`, with two differences. The card is first touched in the child, after the only fork of ours and
before any learner's code is here: a context does not survive a fork. And the walls have the openings of
`openings.py`. MEMORY_MB is what the slice has; torch is told not to take more.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import boot  # type: ignore[import-not-found]
import kernel  # type: ignore[import-not-found]
import openings  # type: ignore[import-not-found]
import seccomp  # type: ignore[import-not-found]
import walls  # type: ignore[import-not-found]


def touch(memory_mb: int) -> None:
    """A context on the slice, and the first use of what most code uses."""
    import torch

    cuda: Any = torch.cuda
    if cuda.device_count() != 1:
        raise SystemExit(f"there are {cuda.device_count()} devices in this box; it must be one")
    total = cuda.get_device_properties(0).total_memory
    cuda.set_per_process_memory_fraction(min(1.0, memory_mb * 2**20 / total))
    weight = torch.ones(64, 64, device="cuda", requires_grad=True)
    (weight @ weight).sum().backward()
    cuda.synchronize()
    cuda.empty_cache()


def descriptors() -> set[int]:
    """Those that are open; not the one by which they are listed, whose number the driver may get next."""
    listed = {int(name) for name in os.listdir("/proc/self/fd")}  # noqa: PTH208  no more imports than needed
    return {number for number in listed if _is_open(number)}


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def main(profile: str, where: str, processes: str, files_mb: str, memory_mb: str) -> None:
    link = boot.open_link(where)
    boot.guard(link)
    boot.preload(profile)
    kernel.current = kernel.Kernel(link)
    kernel.freeze()
    before = descriptors()
    touch(int(memory_mb))
    of_the_driver = descriptors() - before
    kernel.current.rehearse()
    kernel.current.measure(kernel.open_size())
    walls.CAPS.update(openings.CAPS)
    seccomp._PROGRAMS[True] = openings.program(os.uname().machine)
    walls.raise_walls(
        keep=(link.fileno(), *sorted(of_the_driver)),
        processes=int(processes),
        files_mb=int(files_mb),
        wide=True,
    )
    boot.quiet()
    kernel.current.serve()


if __name__ == "__main__":
    main(*sys.argv[1:])
