"""Starts the kernel in a box: `boot.py PROFILE LINK PROCESSES FILES_MB`.

LINK is the number of an inherited socket, or the path of a socket to connect to; then this process is
the container's first one, and a child becomes the kernel. Everything a profile needs is imported
before the first message.
"""

from __future__ import annotations

import importlib
import io
import os
import select
import signal
import socket
import sys
from typing import Any

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
PRELOAD["gpu"] = PRELOAD["author-torch"] = PRELOAD["torch"]


NARROW = frozenset({"numpy", "torch"})
"""Profiles whose boxes have the narrow filter of system calls: learners', and no GPU's driver to please."""


def preload(profile: str) -> None:
    for name in PRELOAD[profile]:
        importlib.import_module(name)
    ours = ("cells", "frames", "wire", "held", "probing", "again", "pieces", "kernel")
    for name in (*ours, "dataclasses", "typing", "math", "random"):
        importlib.import_module(name)
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)


def draw() -> None:
    """A first figure: fonts found, every renderer's first use over."""
    pyplot = importlib.import_module("matplotlib.pyplot")
    figure, axes = pyplot.subplots()
    axes.plot([0, 1], [0, 1], label="$x^2$")
    axes.set_title("first")
    axes.legend()
    figure.savefig(io.BytesIO(), format="png", bbox_inches="tight")
    pyplot.close("all")


def train() -> None:
    """A first step of training: torch loads much of itself on first use. Nothing where torch is not."""
    torch: Any = sys.modules.get("torch")
    if torch is None:
        return
    model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 3))
    optimizer = torch.optim.Adam(model.parameters())
    loss = torch.nn.functional.cross_entropy(model(torch.randn(5, 4)), torch.zeros(5, dtype=torch.long))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    torch.func.vmap(torch.func.grad(lambda x: (x**2).sum()))(torch.ones(2, 3))
    torch.linalg.svd(torch.randn(3, 3))


def backward() -> None:
    """A first gradient: the one first use that a fork does not inherit. Nothing where torch is not."""
    torch: Any = sys.modules.get("torch")
    if torch is not None:
        (torch.ones(2, 2, requires_grad=True) @ torch.ones(2, 2)).sum().backward()


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


def guard(link: socket.socket) -> None:
    """Go on as a child. The first process stays behind and ends the container with its child, or when
    our side of the link is gone: nothing may outlive a worker that was killed."""
    signal.signal(signal.SIGCHLD, _reap)
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        return
    _reap.child = child  # type: ignore[attr-defined]
    signal.signal(signal.SIGINT, _hand_on)
    poll = select.poll()
    poll.register(link, 0)  # asks for nothing, so it reports the hang-up only
    _reap()
    poll.poll()
    os._exit(0)


def _hand_on(number: int, _: Any) -> None:
    """Ctrl+C is meant for the code, which runs in the child."""
    os.kill(_reap.child, number)  # type: ignore[attr-defined]


def _reap(*_: Any) -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        if pid == getattr(_reap, "child", 0):
            code = os.waitstatus_to_exitcode(status)
            # Anybody in here can kill the child, and nobody this process: the two must not look alike.
            os._exit(code if code >= 0 else 255 if code == -signal.SIGKILL else 128 - code)


def main(profile: str, where: str, processes: str, files_mb: str) -> None:
    link = open_link(where)
    if not where.isdigit():
        guard(link)
    preload(profile)
    import kernel  # type: ignore[import-not-found]
    import walls  # type: ignore[import-not-found]

    kernel.current = kernel.Kernel(link)
    kernel.freeze()
    kernel.current.rehearse()
    kernel.current.measure(kernel.open_size())
    walls.raise_walls(
        keep=(link.fileno(),),
        processes=int(processes),
        files_mb=int(files_mb),
        wide=profile not in NARROW,
    )
    quiet()
    kernel.current.serve()


if __name__ == "__main__":
    main(*sys.argv[1:])
