"""A small Jupyter kernel: the only program of ours that runs beside a learner's code.

One thread, no IPython, no zmq: Jupyter messages on one inherited socket (see frames.py). It executes
cells in one namespace, streams what they print, and asks probes: a probe's source and encoded inputs
come in, encoded values go out (see `_probe`). It judges nothing and knows no expected value. The
learner's code can reach every object here; all of it is checked again outside.
"""

from __future__ import annotations

import builtins
import gc
import json
import mmap
import os
import random
import resource
import signal
import socket
import struct
import sys
import time
import types
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar

import boot  # type: ignore[import-not-found]
import cells  # type: ignore[import-not-found]
import frames  # type: ignore[import-not-found]
import pieces  # type: ignore[import-not-found]
import tracker  # type: ignore[import-not-found]
import wire  # type: ignore[import-not-found]
from held import Held  # type: ignore[import-not-found]

VALUE = "application/x-zero-to-gpt-value"
FLUSH_SECONDS = 0.05
STREAM_CHARS = 16_000
TOGETHER = 16 * 1024
"""Bytes of messages that may wait for the next one: each piece sent wakes the process that reads it."""

AT_ONCE = 16 * 1024
MOST_AT_ONCE = 1024 * 1024
"""Bytes that are asked of the link at once."""

MOST_FILLED = 64 * 1024 * 1024
"""Bytes of all fillers: no libraries leave so many gaps."""

_REHEARSED = """import math
import numpy as np

def f(x):
    return x @ np.asarray(x).T

def g(name, a, b, x, h=1e-5):
    return (math.exp(a * (x + h)) - math.exp(a * (x - h))) / (2 * h) + b

print('ready', 1)
1 + 1
"""
_REHEARSED_ASK = "import numpy as np\ndef ask(answer, inputs):\n    return answer.f(np.asarray(inputs['x']))"
_REHEARSED_MANY = "def ask(answer, inputs):\n    return [answer.g(**case) for case in inputs['x']]"
_REHEARSED_CASE = {"name": "rehearsal", "a": 0.5, "b": 1.5, "x": -2.25}

current: Kernel
"""The kernel of this process."""


class LimitsFailed(Exception):
    """The caps of this box could not be set."""


class _Nowhere(socket.socket):
    """Where the rehearsal's messages go."""

    def __init__(self) -> None:
        """Opens nothing: in some boxes no socket can be made."""

    def sendall(self, data: Any, flags: int = 0) -> None:
        return


class Output:
    """`sys.stdout` and `sys.stderr`: text leaves in batches, at once when nothing left lately."""

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, kernel: Kernel, name: str) -> None:
        self.kernel = kernel
        self.name = name
        self.parts: list[str] = []
        self.chars = 0

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        for start in range(0, len(text), STREAM_CHARS):
            self.parts.append(text[start : start + STREAM_CHARS])
            self.chars += len(self.parts[-1])
            if self.chars >= STREAM_CHARS:
                self.flush()
        self.kernel.written()
        return len(text)

    def writelines(self, lines: Sequence[str]) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        if self.parts and not self.kernel.sending and os.getpid() == self.kernel.pid:
            parts, self.parts, self.chars = self.parts, [], 0
            self.kernel.publish("stream", {"name": self.name, "text": "".join(parts)})

    def isatty(self) -> bool:
        return False

    def writable(self) -> bool:
        return True

    def readable(self) -> bool:
        return False

    def fileno(self) -> int:
        raise OSError("this output is not a file")


class Kernel:
    """Serves requests until the socket closes."""

    def __init__(self, link: socket.socket) -> None:
        self.link = link
        link.set_inheritable(False)  # another program that the learner starts has no way out at all
        self.pid = os.getpid()
        self.parent = b"{}"  # the header of the request that is answered, as it came
        self.count = 0
        self.sending = False
        self.silent = False  # while a piece runs
        self.unsent: list[bytes] = []  # whole messages that go out with the next one
        self.waiting = 0  # bytes of them
        self.arrived = b""  # of requests, not taken yet
        self.flushed = 0.0
        self.limited = False
        self.size: tuple[int, ...] = (0, 0)
        self.stdout = Output(self, "stdout")
        self.stderr = Output(self, "stderr")
        self.compiled: tuple[str, Any] | None = None  # the cell that comes next
        self.answer = _new_answer()

    # -- messages ---------------------------------------------------------------------------------

    def publish(
        self,
        kind: str,
        content: dict[str, Any],
        metadata: dict[str, Any] | None = None,
        buffers: Sequence[bytes] = (),
        *,
        more: bool = False,
    ) -> None:
        """Tell what happens. `more`: another message follows at once, so a small one goes out with it."""
        if self.silent and kind in ("stream", "display_data"):
            return
        self._send(frames.IOPUB, kind, content, metadata, buffers, more=more)

    def _send(
        self,
        channel: bytes,
        kind: str,
        content: dict[str, Any],
        metadata: dict[str, Any] | None = None,
        buffers: Sequence[bytes] = (),
        *,
        more: bool = False,
    ) -> None:
        self.count += 1
        header = f'{{"msg_id":"box-{self.count}","msg_type":"{kind}","version":"5.3"}}'.encode()
        told = _json(metadata) if metadata else b"{}"
        whole = frames.pack(channel, [header, self.parent, told, _json(content), *buffers])
        self.unsent.append(whole)  # not in one expression: what is printed leaves by an alarm, at any moment
        self.waiting += len(whole)
        if more and self.waiting <= TOGETHER:
            return
        unsent, self.unsent, self.waiting = self.unsent, [], 0
        self.sending = True
        try:
            self.link.sendall(unsent[0] if len(unsent) == 1 else b"".join(unsent))
        finally:
            self.sending = False

    def _receive(self) -> tuple[bytes, list[bytes]]:
        channel, count = frames.unpack_head(self._exactly(frames.HEAD.size), 4096)
        lengths = struct.unpack(f"<{count}I", self._exactly(4 * count))
        return channel, [self._exactly(length) for length in lengths]

    def _exactly(self, count: int) -> bytes:
        if len(self.arrived) < count:
            self._fetch(count)
        data, self.arrived = self.arrived[:count], self.arrived[count:]
        return data

    def _fetch(self, count: int) -> None:
        """Have so many bytes at least. In large pieces: each call of the system costs more than the copy."""
        parts = [self.arrived]
        left = count - len(self.arrived)
        while left > 0:
            part = self.link.recv(max(AT_ONCE, min(left, MOST_AT_ONCE)))
            if not part:
                raise EOFError
            parts.append(part)
            left -= len(part)
        self.arrived = b"".join(parts)

    # -- what the learner prints ------------------------------------------------------------------

    def written(self) -> None:
        if time.monotonic() - self.flushed > FLUSH_SECONDS:
            self.flush()
        elif not signal.getitimer(signal.ITIMER_REAL)[0]:
            signal.setitimer(signal.ITIMER_REAL, FLUSH_SECONDS)

    def flush(self, *_: Any) -> None:
        if self.sending:  # the alarm rang in the middle of a message
            signal.setitimer(signal.ITIMER_REAL, FLUSH_SECONDS)
            return
        self.flushed = time.monotonic()
        self.stdout.flush()
        self.stderr.flush()

    # -- requests ---------------------------------------------------------------------------------

    def serve(self) -> None:
        """Answer requests until our process closes the socket."""
        sys.stdout, sys.stderr = self.stdout, self.stderr
        signal.signal(signal.SIGALRM, self.flush)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        self.publish("status", {"execution_state": "idle"})
        while True:
            try:
                channel, parts = self._receive()
            except EOFError:
                return
            except KeyboardInterrupt:
                continue
            if self._answer(channel, parts):
                return

    def _answer(self, channel: bytes, parts: list[bytes]) -> bool:
        header, metadata, content = (json.loads(parts[i]) for i in (0, 2, 3))
        self.parent = parts[0]
        kind = header["msg_type"]
        try:
            reply = self._handle(kind, content, metadata.get("zg", {}), parts[frames.JSON_FRAMES :])
        except KeyboardInterrupt as error:
            reply = self._failed(error, cells.ANSWER)
        if os.getpid() != self.pid:  # a child that the learner forked came back here
            os._exit(0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        self.sending = False
        self.flush()
        tracker.flush()
        self._send(channel, kind.replace("_request", "_reply"), reply, more=True)
        self.publish("status", {"execution_state": "idle"})
        return bool(kind == "shutdown_request")

    def _handle(
        self, kind: str, content: dict[str, Any], how: dict[str, Any], buffers: list[bytes]
    ) -> dict[str, Any]:
        if kind == "kernel_info_request":
            return {
                "status": "ok",
                "protocol_version": "5.3",
                "implementation": "zero-to-gpt",
                "implementation_version": "1",
                "language_info": {"name": "python", "version": sys.version.split()[0]},
                "banner": "",
            }
        if kind == "execute_request":
            filename = str(how.get("filename", cells.ANSWER))
            try:
                run = self._OPERATIONS[how.get("op", "cell")]
                run(self, content["code"], filename, how, buffers)
            except BaseException as error:  # noqa: BLE001  SystemExit ends a cell, not the kernel
                return self._failed(error, filename)
            return {"status": "ok", "execution_count": self.count, "payload": [], "user_expressions": {}}
        if kind in ("shutdown_request", "interrupt_request"):
            return {"status": "ok"}
        return {"status": "error", "ename": "Unknown", "evalue": kind, "traceback": []}

    def _failed(self, error: BaseException, filename: str) -> dict[str, Any]:
        report = cells.report(error, filename)
        told = {"ename": report["type"], "evalue": report["message"], "traceback": [report["traceback"]]}
        told["zg"] = report
        error.__traceback__ = None
        self.flush()
        self.publish("error", told)
        return {"status": "error", "execution_count": self.count} | told

    def _cell(self, code: str, filename: str, how: dict[str, Any], buffers: list[bytes]) -> None:
        compiled = self.compiled
        if compiled is None or compiled[0] != code:  # what the exercise gives comes in between
            compiled = code, cells.parts(code, filename)
        else:
            self.compiled = None
        text = cells.run(compiled[1], self.answer)
        self.flush()
        if text is not None:
            data = {"text/plain": text}
            self.publish("execute_result", {"data": data, "metadata": {}, "execution_count": self.count})
        for mime, image in cells.figures(twice=bool(how.get("twice"))):
            self.publish("display_data", {"data": {mime: image}, "metadata": {}})

    def _piece(self, code: str, filename: str, how: dict[str, Any], buffers: list[bytes]) -> None:
        """Make an earlier answer a module that the next cell can import."""
        self.silent = True
        try:
            pieces.run(str(how["module"]), str(how.get("given", "")), code)
        finally:
            self.flush()
            pieces.close_figures()
            tracker.forget()
            self.silent = False

    def _limits(self, code: str, filename: str, how: dict[str, Any], buffers: list[bytes]) -> None:
        """Hard caps and fresh random streams, once, before any code of a learner.

        `compile`: within these caps the next cell is compiled and none of it executed; what that raises is
        about its text alone.
        """
        if self.limited:
            raise LimitsFailed("the limits of this box are set")
        self.limited = True
        try:
            if how.get("memory_mb"):
                _cap_memory(int(how["memory_mb"]) * 1024 * 1024, *self.size)
            reseed(int(how.get("seed", 0)))
        except Exception as error:  # noqa: BLE001  whatever it was, nothing may run without them
            raise LimitsFailed(f"{type(error).__name__}: {error}") from None
        if how.get("compile"):
            self.compiled = code, cells.parts(code, filename)

    def _probe(self, code: str, filename: str, how: dict[str, Any], buffers: list[bytes]) -> None:
        """Ask the learner's code: one value out for each input, whatever it raises in between.

        `together`: nobody wants to know of which call a box died, so small values leave with the last one.
        """
        ask = cells.function(code)
        answer = cells.Answer(self.answer)
        limits = wire.WireLimits(total=int(how.get("value_bytes", wire.DEFAULT_LIMITS.total)))
        together = bool(how.get("together"))
        for call, data in enumerate(buffers):
            inputs, named = wire.decode_named(data, limits)
            before = Held.all_of(inputs, named) if how.get("pure") else []
            told: dict[str, Any] = {"nonce": how.get("nonce"), "call": call}
            try:
                value = ask(answer, inputs)
            except BaseException as error:  # noqa: BLE001  what was raised is the answer
                value = wire.Raised.of(error)
                told["error"] = cells.report(error)
                error.__traceback__ = None
            changed = [one.name for one in before if one.is_changed(inputs, limits)]
            self.publish(
                "display_data",
                {"data": {VALUE: told}, "metadata": {}},
                buffers=[wire.encode(value, limits), wire.encode(changed, limits)],
                more=together or call == len(buffers) - 1,
            )

    _OPERATIONS: ClassVar[dict[str, Callable[..., None]]] = {
        "cell": _cell,
        "limits": _limits,
        "piece": _piece,
        "probe": _probe,
    }

    # -- before it is ready -----------------------------------------------------------------------

    def rehearse(self) -> None:
        """Run a made-up submission into nowhere, so that no first use is left for the real one: what a fork
        shares is copied at the first write to it, and memory that is asked for is there at the first use."""
        link, self.link = self.link, _Nowhere()
        try:
            sys.stdout = self.stdout
            signal.signal(signal.SIGALRM, self.flush)
            reseed(0, "numpy")  # torch's streams are large
            head = _json({"msg_id": "rehearsal", "msg_type": "execute_request"})
            lists = wire.encode({"x": [[1.0, 2.0], [3.0, 4.0]]})
            array = wire.encode({"x": wire.decode(wire.encode(_small_array()))})
            cases = [wire.encode({"x": [_REHEARSED_CASE] * 12})] * 4
            asked = {"ask": _REHEARSED_ASK, "cases": [array, array], "asked": ["written", "between", "twice"]}
            again = wire.encode(asked)
            probe = {"op": "probe", "pure": True, "nonce": "rehearsal"}
            for code, how, buffers in (
                (_REHEARSED, {}, []),
                ("undefined_name", {}, []),
                (_REHEARSED_ASK, probe, [array, lists]),
                (_REHEARSED_MANY, probe, cases),
                ("from again import ask", probe, [again, again]),
            ):
                self._answer(frames.SHELL, [head, b"{}", _json({"zg": how}), _json({"code": code}), *buffers])
            boot.backward()
            _room()
        finally:
            self.link = link
            self.parent = b"{}"
            self.answer = _new_answer()
            cells.forget()
            sys.stdout = sys.__stdout__

    def measure(self, statm: int) -> None:
        """Remember how large this process is, for the cap on what it may take: a jail has no /proc to ask
        again. Closes the descriptor."""
        if statm < 0:
            self.size = tuple(map(_smallest_cap, (resource.RLIMIT_AS, resource.RLIMIT_DATA)))
            return
        pages = [int(field) for field in os.read(statm, 200).split()]
        os.close(statm)
        self.size = (pages[0] * resource.getpagesize(), pages[5] * resource.getpagesize())


def open_size() -> int:
    """Where the kernel tells the size of this process, or -1 where there is no /proc."""
    try:
        return os.open("/proc/self/statm", os.O_RDONLY)
    except FileNotFoundError:
        return -1


def _smallest_cap(what: int) -> int:
    """How much of what a cap counts this process has, found by trying which cap leaves room for a page."""
    low, high = 0, 1 << 46
    hard = resource.getrlimit(what)[1]
    while high - low > 1 << 16:
        middle = (low + high) // 2
        resource.setrlimit(what, (middle, hard))
        try:
            mmap.mmap(-1, resource.getpagesize(), flags=mmap.MAP_PRIVATE).close()
            high = middle
        except (OSError, MemoryError):
            low = middle
    resource.setrlimit(what, (hard, hard))
    return high


def _new_answer() -> dict[str, Any]:
    """A fresh `__main__`, so that dataclasses and pickles of the learner's classes work."""
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    return module.__dict__


def _room() -> list[bytes]:
    """Memory that stays at hand once it is given back: the first touch of a page costs as much as the work on
    a hundred numbers."""
    return [b"-" * 20_000 for _ in range(4)]


def _small_array() -> Any:
    import numpy as np

    return np.arange(6.0).reshape(2, 3)


def reseed(seed: int, *libraries: str) -> None:
    """Random streams that no other box shares and that a replay repeats."""
    random.seed(seed)
    for name in libraries or ("numpy", "torch"):
        module: Any = sys.modules.get(name)
        if name == "numpy" and module is not None:
            module.random.seed(seed % 2**32)
        elif module is not None:
            module.manual_seed(seed)


def _cap_memory(more: int, size: int, data: int) -> None:
    """At most so many bytes more than it was. RLIMIT_DATA counts private writable memory, and passing it is
    a MemoryError; RLIMIT_AS bounds what the first does not see (page tables of endless empty mappings)."""
    resource.setrlimit(resource.RLIMIT_DATA, (data + more, data + more))
    if not Path("/dev/nvidiactl").exists():  # CUDA reserves address space by the terabyte
        most = size + 4 * more + (8 << 30)
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


_encoded = json.JSONEncoder(allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode


def _json(value: Any) -> bytes:
    try:
        text = _encoded(value)
    except ValueError:
        text = json.dumps(str(value))
    return text.encode("utf-8", "backslashreplace")  # a lone surrogate becomes an escape, as JSON has it


def freeze() -> None:
    """What is loaded now lives for ever: keep the collector from touching (and so copying) it."""
    builtins.display = cells.display  # type: ignore[attr-defined]  # as in every notebook
    gc.collect()
    gc.freeze()
    _fill_gaps()


_fillers: list[bytes] = []


def _fill_gaps() -> None:
    """Take what is free between the objects that live for ever. The objects of a fork then lie side by side:
    each page between others' that it writes to would be copied. Allocators hand out what is free first, and
    then whole new pools (16 kB) from front to back."""
    left = MOST_FILLED
    for size in range(48, 513, 16):
        last = row = 0
        while left >= size:
            left -= size
            _fillers.append(bytes(size - sys.getsizeof(b"")))
            row = row + 1 if id(_fillers[-1]) - last == size else 0
            last = id(_fillers[-1])
            if row > 8192 // size:
                break
