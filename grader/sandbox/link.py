"""The bounded message stream between this process and one box.

A box can send anything, so one message at a time is read, every length is checked before anything of
that length is read, and only so much is kept unread: after that the box waits, not we. A request has one
reply: a box that sends more than was asked is no longer listened to. All boxes of a process share one
loop, so nobody's messages are read for long without the others' turn.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import socket
import time
from collections import deque
from collections.abc import Sequence
from queue import Empty
from typing import Any

from sandbox_images.inside import frames

MOST_JSON = 1024 * 1024
MOST_ENVELOPE = 64 * 1024
"""Header, parent and metadata, each: only what a message brings, its content, may be larger."""
MOST_BARE = 64 * 1024
"""Of a large content, what stands outside its texts: a hundred thousand empty lists take long to parse."""
MOST_MESSAGE = 12 * 1024 * 1024
MOST_BUFFERS = 4
MOST_UNREAD = 4 * 1024 * 1024
CHARGE_AT_LEAST = 64
SPARE_REPLIES = 8
READ_AT_ONCE = 64 * 1024
"""Bytes of messages after which the other boxes have their turn; a message counts as 1 kB at least."""

Message = dict[str, Any]
_TEXTS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)


class Link:
    """The bounded message stream between this process and one box."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.closed = asyncio.Event()
        self.lost = asyncio.Event()  # nobody is there any more: it is closed, or the box is known to be dead
        self.problem: str = ""
        self._unread: dict[bytes, deque[tuple[list[bytes], int, float]]] = {
            frames.SHELL: deque(),
            frames.IOPUB: deque(),
        }
        self._unread[frames.CONTROL] = deque()
        self._bytes = 0
        self._replies = SPARE_REPLIES
        self._since = 0
        self._arrived = asyncio.Event()
        self._drained = asyncio.Event()
        self._pump = asyncio.ensure_future(self._read())

    @classmethod
    async def over(cls, sock: socket.socket) -> Link:
        sock.setblocking(False)
        return cls(*await asyncio.open_unix_connection(sock=sock))

    def send(self, channel: bytes, parts: Sequence[bytes | memoryview]) -> None:
        self._replies += 1
        if not self.writer.is_closing():
            self.writer.write(frames.pack(channel, parts))

    async def next(self, channel: bytes, timeout: float | None) -> Message:
        """The next message of a channel; `Empty` when none comes in time.

        Parsed only now, because the objects of a JSON text take many times its size.
        """
        if self._since > READ_AT_ONCE:
            self._since = 0
            await asyncio.sleep(0)
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
        parts, size, at = waiting.popleft()
        self._bytes -= size
        self._since += max(1024, size)
        self._drained.set()
        return _parse(parts, at)

    async def _read(self) -> None:
        try:
            while True:
                head = await self.reader.readexactly(frames.HEAD.size)
                channel, count = frames.unpack_head(head, frames.JSON_FRAMES + MOST_BUFFERS)
                lengths = frames.unpack_lengths(
                    await self.reader.readexactly(4 * count), MOST_JSON, MOST_MESSAGE
                )
                if max(lengths[: frames.JSON_FRAMES - 1]) > MOST_ENVELOPE:
                    raise frames.FrameError("an envelope larger than allowed")
                if channel != frames.IOPUB:
                    self._replies -= 1
                    if self._replies < 0:
                        raise frames.FrameError("more replies than requests")
                total = sum(lengths)
                if total <= READ_AT_ONCE:  # each wait costs more than the copy
                    parts = _cut(await self.reader.readexactly(total), lengths)
                else:
                    parts = [await self.reader.readexactly(length) for length in lengths]
                size = max(CHARGE_AT_LEAST, total)
                self._unread[channel].append((parts, size, time.monotonic()))
                self._bytes += size
                self._arrived.set()
                while self._bytes > MOST_UNREAD:
                    self._drained.clear()
                    await self._drained.wait()
        except (asyncio.IncompleteReadError, OSError):
            pass
        except frames.FrameError as error:
            self.problem = str(error)
        finally:
            self.closed.set()
            self.lost.set()
            self._arrived.set()

    def close(self) -> None:
        self._pump.cancel()
        self.writer.transport.abort()


def _cut(data: bytes, lengths: Sequence[int]) -> list[bytes]:
    ends = list(itertools.accumulate(lengths))
    return [data[end - length : end] for end, length in zip(ends, lengths, strict=True)]


def _parse(parts: Sequence[bytes], at: float) -> Message:
    """A message as nbclient knows it. Raises ValueError, KeyError or RecursionError for anything else."""
    told = parts[frames.JSON_FRAMES - 1]
    if len(told) > MOST_BARE and len(_TEXTS.sub(b"", told)) > MOST_BARE:
        raise frames.FrameError("a message of too many parts")
    header, parent, metadata, content = (
        _JSON.decode(part.decode("utf-8", "surrogatepass")) for part in parts[: frames.JSON_FRAMES]
    )
    if not all(isinstance(part, dict) for part in (header, parent, metadata, content)):
        raise frames.FrameError("a message is made of objects")
    kind = header["msg_type"]
    if not isinstance(kind, str):
        raise frames.FrameError("the type of a message is a word")
    return {
        "header": header,
        "msg_id": header.get("msg_id"),
        "msg_type": kind,
        "parent_header": parent,
        "metadata": metadata,
        "content": content,
        "buffers": list(parts[frames.JSON_FRAMES :]),
        "size": max(CHARGE_AT_LEAST, sum(map(len, parts))),
        "text_size": sum(map(len, parts[: frames.JSON_FRAMES])),
        "at": at,
    }


def _no_constant(word: str) -> Any:
    raise ValueError(f"{word} is not JSON")


_JSON = json.JSONDecoder(parse_constant=_no_constant)
