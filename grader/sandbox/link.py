"""The bounded message stream between this process and one box.

A box can send anything, so one message at a time is read, every length is checked before anything of
that length is read, and only so much is kept unread: after that the box waits, not we.
"""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections import deque
from collections.abc import Sequence
from queue import Empty
from typing import Any

from sandbox_images.inside import frames

MOST_JSON = 4 * 1024 * 1024
MOST_MESSAGE = 12 * 1024 * 1024
MOST_BUFFERS = 4
MOST_UNREAD = 4 * 1024 * 1024
CHARGE_AT_LEAST = 64

Message = dict[str, Any]


class Link:
    """The bounded message stream between this process and one box."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.closed = asyncio.Event()
        self.problem: str = ""
        self._unread: dict[bytes, deque[tuple[Message, int]]] = {frames.SHELL: deque(), frames.IOPUB: deque()}
        self._unread[frames.CONTROL] = deque()
        self._bytes = 0
        self._arrived = asyncio.Event()
        self._drained = asyncio.Event()
        self._pump = asyncio.ensure_future(self._read())

    @classmethod
    async def over(cls, sock: socket.socket) -> Link:
        sock.setblocking(False)
        return cls(*await asyncio.open_unix_connection(sock=sock))

    def send(self, channel: bytes, parts: Sequence[bytes | memoryview]) -> None:
        if not self.writer.is_closing():
            self.writer.write(frames.pack(channel, parts))

    async def next(self, channel: bytes, timeout: float | None) -> Message:
        """The next message of a channel; `Empty` when none comes in time."""
        waiting = self._unread[channel]
        until = None if timeout is None else time.monotonic() + timeout
        while not waiting:
            if self.closed.is_set() and until is not None:
                raise Empty
            self._arrived.clear()
            left = None if until is None else max(0.0, until - time.monotonic())
            try:
                await asyncio.wait_for(self._arrived.wait(), left)
            except TimeoutError:
                raise Empty from None
        message, size = waiting.popleft()
        self._bytes -= size
        self._drained.set()
        return message

    async def _read(self) -> None:
        try:
            while True:
                head = await self.reader.readexactly(frames.HEAD.size)
                channel, count = frames.unpack_head(head, frames.JSON_FRAMES + MOST_BUFFERS)
                lengths = frames.unpack_lengths(
                    await self.reader.readexactly(4 * count), MOST_JSON, MOST_MESSAGE
                )
                parts = [await self.reader.readexactly(length) for length in lengths]
                size = max(CHARGE_AT_LEAST, sum(lengths))
                self._unread[channel].append((_parse(parts, size), size))
                self._bytes += size
                self._arrived.set()
                while self._bytes > MOST_UNREAD:
                    self._drained.clear()
                    await self._drained.wait()
        except (asyncio.IncompleteReadError, OSError):
            pass
        except (ValueError, RecursionError, KeyError, TypeError) as error:
            self.problem = f"{type(error).__name__}"
        finally:
            self.closed.set()
            self._arrived.set()

    def close(self) -> None:
        self._pump.cancel()
        self.writer.transport.abort()


def _parse(parts: Sequence[bytes], size: int) -> Message:
    header, parent, metadata, content = (
        json.loads(part, parse_constant=_no_constant) for part in parts[: frames.JSON_FRAMES]
    )
    if not all(isinstance(part, dict) for part in (header, parent, metadata, content)):
        raise frames.FrameError("a message is made of objects")
    kind = header["msg_type"]
    if not isinstance(kind, str):
        raise frames.FrameError("a message has a type")
    return {
        "header": header,
        "msg_id": header.get("msg_id"),
        "msg_type": kind,
        "parent_header": parent,
        "metadata": metadata,
        "content": content,
        "buffers": list(parts[frames.JSON_FRAMES :]),
        "size": size,
        "at": time.monotonic(),
    }


def _no_constant(word: str) -> Any:
    raise ValueError(f"{word} is not JSON")
