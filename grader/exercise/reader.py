"""Asks the reading process (reading.py), which parses what learners and authors wrote.

There is one for each process of ours that needs it, started with the first request, by any thread, as a
fresh program with an empty environment. A text that ends it (its memory and time are capped) is told as
TooMuchError; the next request starts another one.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import select
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, cast

from grader.exercise.mistakes import ExerciseError

FOR_A_LEARNER = 2
FOR_AN_AUTHOR = 20
"""Seconds of processor time for one text."""
MOST_REPLY = 64 * 1024 * 1024
_START_SECONDS = 60.0
_LAST_SECONDS = 0.2
_TIMES_WALL = 60.0
"""A host may be busy; only a process that hangs meets this: seconds on the wall for one of the processor."""
_HEAD = struct.Struct(">III")
_LENGTH = struct.Struct(">I")
_READY = b"ready"
_PROGRAM = (
    "-I", "-S", "-B", "-c",
    "import sys; sys.path.append(sys.argv[1]); from grader.reading import child; child.serve()",
)  # fmt: skip


class TooMuchError(Exception):
    """A text that cannot be read within the bounds; the message says what it is."""


class ReaderError(RuntimeError):
    """The reading process does not work. Our fault, whatever the text."""


class _GoneError(Exception):
    """The process ended, or said nothing in time."""


class Reader:
    """A reading process and its successors; one request at a time, from any thread.

    `program` are the words after `python` that start another one that answers with `child.serve`; the
    folder of this project follows them.
    """

    def __init__(self, program: Sequence[str] = _PROGRAM) -> None:
        self._program = tuple(program)
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._pipes: tuple[IO[bytes], IO[bytes]]  # what it reads, what it says
        self._asked = 0

    @property
    def busy(self) -> bool:
        """Whether it answers somebody now; the next one waits."""
        return self._lock.locked()

    @property
    def pid(self) -> int | None:
        """Of the process that would answer the next request, if there is one already."""
        return self._process.pid if self._process is not None else None

    def ask(self, what: str, *, seconds: int, data: bytes | None = None, **given: Any) -> Any:
        """What an operation of reading.py returns. `data` travels as it is, the rest as JSON.

        Raises TooMuchError, ExerciseError, and ReaderError where the fault is ours.
        """
        text = json.dumps({"what": what, "with_data": data is not None, **given}).encode()
        data = data or b""
        message = b"".join((_HEAD.pack(seconds, len(text), len(data)), text, data))
        with self._lock:
            reply = self._answered(message, seconds)
        if "mistake" in reply:
            raise ExerciseError(*reply["mistake"])
        if "too_much" in reply:
            raise TooMuchError(reply["too_much"])
        if "fault" in reply:
            raise ReaderError(f"the reading process failed at `{what}`:\n{reply['fault']}")
        return reply["ok"]

    def close(self) -> None:
        """End the process; a later request starts another one."""
        with self._lock:
            self._end()

    def _answered(self, message: bytes, seconds: int) -> Any:
        while True:
            if self._process is None:
                self._start()
            fresh = self._asked == 0
            self._asked += 1
            try:
                self._send(message, until := time.monotonic() + _TIMES_WALL * seconds)
                size = _LENGTH.unpack(self._receive(_LENGTH.size, until))[0]
                if size > MOST_REPLY:
                    raise _GoneError
                reply = json.loads(self._receive(size, until))
            except (_GoneError, OSError):
                if self._end(_LAST_SECONDS) == -signal.SIGXCPU or fresh:
                    return {"too_much": "nested too deeply or too large"}
                continue  # it may have ended for another reason: only a fresh one proves what a text does
            if "ok" in reply or "mistake" in reply:
                return reply
            self._end()
            if fresh or "again" not in reply:
                return reply

    def _start(self) -> None:
        self._asked = 0
        root = str(Path(__file__).resolve().parents[2])
        try:
            process = subprocess.Popen(
                [sys.executable, *self._program, root],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={},
                cwd="/",
                bufsize=0,
                start_new_session=True,  # Ctrl+C is for us; it ends when we close its input
            )
            self._process = process
            self._pipes = cast(IO[bytes], process.stdin), cast(IO[bytes], process.stdout)
            if self._receive(len(_READY), time.monotonic() + _START_SECONDS) != _READY:
                raise _GoneError
        except (_GoneError, OSError) as error:
            self._end()
            raise ReaderError(f"the reading process could not be started: {error!r}") from None

    def _end(self, patience: float = 0.0) -> int:
        """How it ended within so many seconds, or that we ended it."""
        process, self._process = self._process, None
        if process is None:
            return 0
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)
        process.kill()
        for pipe in self._pipes:
            pipe.close()
        return process.wait()

    def _send(self, data: bytes, until: float) -> None:
        pipe = self._pipes[0].fileno()
        os.set_blocking(pipe, False)
        left = memoryview(data)
        while left:
            self._wait(pipe, select.POLLOUT, until)
            with contextlib.suppress(BlockingIOError):
                left = left[os.write(pipe, left) :]

    def _receive(self, size: int, until: float) -> bytes:
        pipe = self._pipes[1].fileno()
        parts: list[bytes] = []
        while size:
            self._wait(pipe, select.POLLIN, until)
            part = os.read(pipe, min(size, 1 << 20))
            if not part:
                raise _GoneError
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def _wait(self, pipe: int, event: int, until: float) -> None:
        poll = select.poll()
        poll.register(pipe, event)
        if not poll.poll(max(0.0, until - time.monotonic()) * 1000):
            raise _GoneError

    def forget(self) -> None:
        """In a fork: the process belongs to the parent, and so does whatever lock was held."""
        process, self._process = self._process, None
        self._lock = threading.Lock()
        if process is not None:
            for pipe in self._pipes:
                pipe.close()
            process.returncode = 0  # nothing of ours to wait for


_reader = Reader()
ask = _reader.ask
atexit.register(_reader.close)
os.register_at_fork(after_in_child=_reader.forget)
