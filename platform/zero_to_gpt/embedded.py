"""What `./run serve` becomes: web server, worker and schedule, kept alive by one process.

    python -m zero_to_gpt.embedded

A child that ends is started again, with pauses that grow; every child ends with this process, however it ends
(the kernel sees to it). One process for each VAR_DIR keeps the schedule: a second `./run` on the same folder
serves and grades too, and takes the schedule over when the first one ends.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from zero_to_gpt import settings
from zero_to_gpt.schedule import Schedule
from zero_to_gpt.server import listen
from zero_to_gpt.variables import ROOT

LOOK_SECONDS = 0.1
STEADY_SECONDS = 30.0
"""A child that lived for so long is started again at once."""
LONGEST_PAUSE = 30.0
GRACE_SECONDS = 10.0
"""How long a worker may finish what it grades; what takes longer is taken up again at the next start."""
WEB_MB, WORKER_MB, SLOT_MB = 2048, 2048, 512
"""Private memory of the web server, and of a worker with so many slots. Idle they need 81 and 219 MB."""
PR_SET_PDEATHSIG = 1


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


@dataclass
class Child:
    """One process that should always run, and when it may be started again."""

    name: str
    command: Sequence[str]
    memory_mb: int = 512
    keeps: tuple[int, ...] = ()
    process: subprocess.Popen[bytes] | None = None
    began: float = 0.0
    failures: int = 0
    not_before: float = field(default=0.0)

    def start(self) -> None:
        self.began = time.monotonic()
        # A group of its own: Ctrl+C reaches only us, and we end our children in order.
        self.process = subprocess.Popen(
            self.command,
            cwd=ROOT,
            pass_fds=self.keeps,
            process_group=0,
            preexec_fn=_ends_with(os.getpid(), self.memory_mb),
        )

    def look(self) -> None:
        """Start it if it does not run and its pause is over; say so when it has ended."""
        now = time.monotonic()
        if self.process is not None:
            status = self.process.poll()
            if status is None:
                return
            self.process = None
            steady = now - self.began >= STEADY_SECONDS
            self.failures = 0 if steady else self.failures + 1
            pause = min(LONGEST_PAUSE, 2.0 ** (self.failures - 1)) if self.failures else 0.0
            self.not_before = now + pause
            how = f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"
            again = f"in {pause:.0f} s" if pause else "now"
            say(f"The {self.name} {how}; it is started again {again}. What it wrote stands above.")
        elif now >= self.not_before:
            self.start()

    def end(self, signal_number: int) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal_number)


def _ends_with(parent: int, memory_mb: int | None = None) -> Callable[[], None]:
    """What a child calls before it becomes another program: it ends with its parent, in bounded memory.

    The bound is a soft one on private memory (RLIMIT_DATA), which the tools that it starts may lift.
    """
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def bind() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if memory_mb is not None:
            _, hard = resource.getrlimit(resource.RLIMIT_DATA)
            wanted = memory_mb * 2**20
            resource.setrlimit(
                resource.RLIMIT_DATA, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard)
            )
        if os.getppid() != parent:  # it ended before we asked
            os._exit(1)

    return bind


def who_listens(port: int) -> str:
    """`name (pid N)` of the process that listens on this port, as far as /proc tells this user."""
    inodes = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and int(fields[1].rpartition(":")[2], 16) == port:
                inodes.add(f"socket:[{fields[9]}]")
    holders = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            if any(str(link.readlink()) in inodes for link in (entry / "fd").iterdir()):
                name, _, rest = (entry / "stat").read_text().partition("(")[2].rpartition(")")
                holders[entry.name] = (name, rest.split()[1])
        except OSError:  # another user's, or gone
            continue
    # A child that inherited the socket is ended with its parent: that one is to be stopped.
    first = [f"{name} (pid {pid})" for pid, (name, parent) in holders.items() if parent not in holders]
    return ", ".join(first)


def bind(host: str, port: int) -> socket.socket:
    """The listening socket; ends the process with a sentence where it cannot be had."""
    try:
        return listen(host, port)
    except OSError as error:
        holder = who_listens(port)
        if holder:
            raise SystemExit(
                f"Port {port} is taken by {holder}: stop that, or type PORT={port + 1} ./run."
            ) from None
        reason = error.strerror or str(error)
        raise SystemExit(f"Cannot listen on {host}:{port} ({reason}): set HOST and PORT to others.") from None


def children(listener: socket.socket) -> tuple[list[Child], Child]:
    """Web server, worker, and one for a GPU where there is one; and the schedule, which only one may keep."""
    python, celery = sys.executable, [sys.executable, "-m", "celery", "-q", "-A", "zero_to_gpt"]
    slots = str(settings.SLOTS)
    web = [python, "-m", "zero_to_gpt.server", "--fd", str(listener.fileno())]
    worker = [*celery, "worker", "-P", "threads", "-c", slots, "-Q", "cpu,regrade,authors", "-l", "warning"]
    beat = [*celery, "beat", "-l", "warning", "--pidfile="]
    always = [
        Child("web server", web, WEB_MB, (listener.fileno(),)),
        Child("worker", worker, WORKER_MB + SLOT_MB * settings.SLOTS),
    ]
    if settings.GPU:
        count = settings.GPU.partition(":")[2] or slots
        gpu = [*celery, "worker", "-P", "threads", "-c", count, "-Q", "gpu", "-l", "warning"]
        always.append(Child("GPU worker", gpu, WORKER_MB + SLOT_MB * int(count)))
    return always, Child("schedule", beat)


def more_libraries() -> subprocess.Popen[bytes]:
    """What some exercises need besides numpy, fetched while people work; it says first how large it is."""
    return subprocess.Popen(
        [sys.executable, "-m", "grader", "sandbox", "--prepare", "curriculum"],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        process_group=0,
        preexec_fn=_ends_with(os.getpid()),
    )


def stop(always: Sequence[Child], beat: Child, fetching: subprocess.Popen[bytes]) -> None:
    """End all children; a worker finishes what it grades, within GRACE_SECONDS."""
    everyone = [*always, beat]
    for child in everyone:
        child.end(signal.SIGTERM)
    if fetching.poll() is None:
        os.killpg(fetching.pid, signal.SIGTERM)  # pip ends with it
    until = time.monotonic() + GRACE_SECONDS
    for child in everyone:
        if child.process is not None:
            try:
                child.process.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait()


def main() -> None:
    host, port = settings.HOST, settings.PORT
    listener = bind(host, port)

    def leave(number: int, frame: object) -> None:
        raise SystemExit(0)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, leave)
    schedule = Schedule(settings.VAR)
    always, beat = children(listener)
    fetching = more_libraries()
    try:
        keeps = schedule.take()
        for child in always:
            child.start()
        say(
            f"Serving on http://{host}:{port} (Ctrl+C stops). "
            "Exercises open one by one as their expected values are computed."
        )
        if not keeps:
            say(f"The process {schedule.holder()} serves the same folder and keeps its schedule.")
        while True:
            if not keeps and schedule.take():
                keeps = True
                say("The schedule of this folder is kept here now.")
            for child in [*always, beat] if keeps else always:
                child.look()
            fetching.poll()
            time.sleep(LOOK_SECONDS)
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        stop(always, beat, fetching)


if __name__ == "__main__":
    main()
