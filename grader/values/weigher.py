"""A process that reads and compares costly values, so that no other grading waits for them.

One for each process of ours that grades, started when it is first needed: `python -m grader.values.weigher`,
one thread, nothing secret in it, no code of anybody else. Each question is answered by a fork of it with
caps on processor time and memory that end it even in the middle of a long call in C, and it gives way to
everything else that wants the processor. A question is one line of JSON and blobs; an answer is JSON.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import resource
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from grader.verdict import Json

MEMORY_BYTES = 1 << 30
"""More than the child has at its start: the largest probe sends 64 MB."""
WALL_SECONDS = 60.0
"""After so long without an answer something is wrong with the machine and not with a value."""
AT_ONCE = max(1, (os.cpu_count() or 1) // 2)
"""So many forks work at a time: half of the processors stay for those who wait for a small answer."""
NICE = 10
_ROOT = Path(__file__).resolve().parents[2]
_ASKED = struct.Struct("<d")
_LENGTHS = struct.Struct("<II")
_END = struct.Struct("<id")
_KILLS = (signal.SIGPROF, signal.SIGXCPU)


class Expired(Exception):
    """A value took more processor time or memory than a submission may have for its values."""


class WeigherError(Exception):
    """The process that weighs values failed: never a learner's fault."""


class Weigher:
    """Our side: asks from any thread."""

    _own: ClassVar[Weigher | None] = None
    _lock: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self) -> None:
        self._pid = os.getpid()
        self._turn = threading.BoundedSemaphore(AT_ONCE)
        self._starting = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    @classmethod
    def of_this_process(cls) -> Weigher:
        with cls._lock:
            if cls._own is None or cls._own._pid != os.getpid():
                cls._own = cls()
            return cls._own

    def start(self) -> socket.socket:
        """Begin to start it, if it does not run; returns at once. It ends when this process does."""
        with self._starting:
            if self._control is not None and self._process is not None and self._process.poll() is None:
                return self._control
            if self._control is not None:
                self._control.close()
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with theirs:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "grader.values.weigher", str(theirs.fileno())],
                    cwd=_ROOT,
                    env={"OPENBLAS_NUM_THREADS": "1", "PATH": os.environ.get("PATH", "")},
                    stdin=subprocess.DEVNULL,
                    pass_fds=(theirs.fileno(),),
                    start_new_session=True,
                )
            self._control = ours
            return ours

    def ask(self, task: dict[str, Json], blobs: Sequence[bytes], seconds: float) -> tuple[Json, float]:
        """The answer, and the processor time that it took. Raises Expired or WeigherError."""
        with self._turn:
            for last in (False, True):
                try:
                    return self._once(task, blobs, seconds)
                except (OSError, EOFError) as error:
                    if last or isinstance(error, TimeoutError):
                        raise WeigherError(f"values could not be weighed: {error!r}") from error
        raise AssertionError

    def _once(self, task: dict[str, Json], blobs: Sequence[bytes], seconds: float) -> tuple[Json, float]:
        control = self.start()
        ours, theirs = socket.socketpair()
        with ours:
            ours.settimeout(WALL_SECONDS)
            with theirs:
                socket.send_fds(control, [_ASKED.pack(seconds)], [theirs.fileno()])
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it may end before
                ours.sendall(_packed(task, blobs))
                for blob in blobs:
                    ours.sendall(blob)
            ours.shutdown(socket.SHUT_WR)
            parts = []
            with contextlib.suppress(ConnectionResetError):  # the end of one that left some of it unread
                while part := ours.recv(1 << 16):
                    parts.append(part)
        whole = b"".join(parts)
        if len(whole) < _END.size:
            raise EOFError("the process that weighs values is gone")
        status, spent = _END.unpack(whole[-_END.size :])
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) in _KILLS:
            raise Expired
        if status != 0:
            raise EOFError(f"it ended with status {status}")
        told = json.loads(whole[: -_END.size])
        if "memory" in told:
            raise Expired
        if "failed" in told:
            raise WeigherError(told["failed"])
        return told["answer"], spent


def _packed(task: dict[str, Json], blobs: Sequence[bytes]) -> bytes:
    text = json.dumps(task).encode()
    lengths = struct.pack(f"<{len(blobs)}I", *[len(blob) for blob in blobs])
    return _LENGTHS.pack(len(text), len(blobs)) + text + lengths


# ---- the other process -------------------------------------------------------------------------------


def serve(control: socket.socket) -> None:
    """Fork for each question, and tell how each fork ended; until our process is gone."""
    woken, wake = socket.socketpair()
    for end in (woken, wake):
        end.setblocking(False)
    signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    running: dict[int, socket.socket] = {}
    while True:
        readable, _, _ = select.select([control, woken], [], [])
        if woken in readable:
            woken.recv(4096)
            _reap(running)
        if control in readable:
            data, fds, _, _ = socket.recv_fds(control, _ASKED.size, 1)
            if not data:
                return
            link = socket.socket(fileno=fds[0])
            pid = os.fork()
            if pid == 0:
                for other in (control, woken, wake, *running.values()):
                    other.close()
                _fork(link, *_ASKED.unpack(data))
            running[pid] = link


def _reap(running: dict[int, socket.socket]) -> None:
    while running:
        pid, status, usage = os.wait4(-1, os.WNOHANG)
        if pid == 0:
            return
        with running.pop(pid) as link, contextlib.suppress(OSError):  # whoever asked may be gone
            link.sendall(_END.pack(status, usage.ru_utime + usage.ru_stime))


def _fork(link: socket.socket, seconds: float) -> None:
    """Answer one question and end, whatever happens. The clock is the kernel's, and nothing here stops it."""
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_PROF, seconds)
        most = _address_space() + MEMORY_BYTES
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        link.sendall(json.dumps(_answered(link)).encode())
        code = 0
    finally:
        os._exit(code)


def _answered(link: socket.socket) -> dict[str, Json]:
    from grader.values.weighing import answer

    try:
        with link.makefile("rb") as file:
            size, count = _LENGTHS.unpack(file.read(_LENGTHS.size))
            task = json.loads(file.read(size))
            lengths = struct.unpack(f"<{count}I", file.read(4 * count))
            blobs = [file.read(length) for length in lengths]
        return {"answer": answer(task, blobs)}
    except MemoryError:
        return {"memory": True}
    except Exception as error:  # noqa: BLE001  told where it is logged
        return {"failed": f"{type(error).__name__}: {error}"[:2000]}


def _address_space() -> int:
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def main() -> None:
    import grader.values.weighing  # noqa: F401  everything loaded before the first fork

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(NICE)
    gc.collect()
    gc.freeze()
    gc.disable()  # a fork lives for one answer
    serve(socket.socket(fileno=int(sys.argv[1])))


if __name__ == "__main__":
    main()
