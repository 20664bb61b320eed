"""Starts the kernel in a box: `boot.py PROFILE LINK`, where LINK is an inherited socket's number or
the path of a socket to connect to. Everything a profile needs is imported before the first message.
"""

from __future__ import annotations

import importlib
import os
import socket
import sys

PRELOAD = {
    "numpy": ("numpy", "numpy.random", "numpy.linalg", "numpy.fft", "numpy.testing"),
    "torch": (
        "numpy",
        "numpy.random",
        "numpy.linalg",
        "numpy.fft",
        "numpy.testing",
        "torch",
        "torch._dynamo",
        "torch.func",
        "torch.optim",
        "torch.utils.data",
        "torch.testing",
    ),
}
PRELOAD["author"] = PRELOAD["numpy"]
PRELOAD["gpu"] = PRELOAD["torch"]


def preload(profile: str) -> None:
    for name in PRELOAD[profile]:
        importlib.import_module(name)
    for name in ("cells", "frames", "wire", "probing", "kernel", "dataclasses", "typing", "math", "random"):
        importlib.import_module(name)
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)


def open_link(where: str) -> socket.socket:
    if where.isdigit():
        return socket.socket(fileno=int(where))
    link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    link.connect(where)
    return link


def quiet() -> None:
    """No way out but the link: the standard streams lead nowhere."""
    null = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(null, number)
    os.close(null)


def main(profile: str, where: str) -> None:
    preload(profile)
    import kernel  # type: ignore[import-not-found]
    import walls  # type: ignore[import-not-found]

    link = open_link(where)
    kernel.current = kernel.Kernel(link)
    kernel.freeze()
    kernel.current.rehearse()
    walls.raise_walls(keep=link.fileno())
    quiet()
    kernel.current.serve()


if __name__ == "__main__":
    main(*sys.argv[1:])
