"""The bounded message stream between this process and one box.

A box can send anything, so one message at a time is read, every length is checked before anything of
that length is read, and only so much is kept unread: after that the box waits, not we. A request has one
reply: a box that sends more than was asked is no longer listened to. All boxes of a process share one
loop, so nobody's messages are read for long without the others' turn.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
import time
from collections import deque
from collections.abc import Callable, Sequence
from queue import Empty
from typing import Any, cast

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

CHANNELS = (frames.SHELL, frames.IOPUB, frames.CONTROL)

Message = dict[str, Any]
_TEXTS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
"""A text, also one without an end: what fails at one quote would be tried again at each that follows."""


class Link(asyncio.BufferedProtocol):
    """The bounded message stream between this process and one box.

    `on_news` is called when messages have come, or nobody is there any more.
    """

    transport: asyncio.Transport
    on_news: Callable[[], None] | None = None

    def __init__(self) -> None:
        self.closed = asyncio.Event()
        self.lost = asyncio.Event()  # nobody is there any more: it is closed, or the box is known to be dead
        self.problem: str = ""
        self._room = memoryview(bytearray(READ_AT_ONCE))
        self._begun = bytearray()  # what came of a message that is not whole yet
        self._wanted = frames.HEAD.size  # how much of it there must be before it is worth a look
        self._unread: dict[bytes, deque[tuple[list[bytes], int, float]]] = {c: deque() for c in CHANNELS}
        self._arrived = {channel: asyncio.Event() for channel in CHANNELS}
        self._bytes = 0
        self._replies = SPARE_REPLIES
        self._since = 0
        self._parent: tuple[bytes, Any] = (b"{}", {})

    @classmethod
    async def over(cls, sock: socket.socket) -> Link:
        sock.setblocking(False)
        _, link = await asyncio.get_running_loop().create_unix_connection(cls, sock=sock)
        return link

    def send(self, channel: bytes, parts: Sequence[bytes | memoryview]) -> None:
        self._replies += 1
        if not self.transport.is_closing():
            self.transport.write(frames.pack(channel, parts))

    def take(self, channel: bytes) -> Message | None:
        """The next message of a channel that is here. Raises ValueError, KeyError or RecursionError for what
        has not the form of one.

        Parsed only now, because the objects of a JSON text take many times its size.
        """
        waiting = self._unread[channel]
        if not waiting:
            return None
        parts, size, at = waiting.popleft()
        self._bytes -= size
        self._since += max(1024, size)
        if self._bytes <= MOST_UNREAD and not self.problem:
            self.transport.resume_reading()
        raw = parts[1]
        if raw != self._parent[0]:  # all messages of a cell have the same
            self._parent = (raw, _object(raw))
        return _parse(parts, self._parent[1], at)

    def is_others_turn(self) -> bool:
        """Whether so much was taken that the other boxes come first; asked once, then counted anew."""
        if self._since <= READ_AT_ONCE:
            return False
        self._since = 0
        return True

    async def next(self, channel: bytes, timeout: float | None) -> Message:
        """The next message of a channel; `Empty` when none comes in time. Raises as `take` does."""
        if self.is_others_turn():
            await asyncio.sleep(0)
        arrived = self._arrived[channel]
        try:
            async with asyncio.timeout(timeout):
                while not self._unread[channel]:
                    if self.closed.is_set() and timeout is not None:
                        raise Empty
                    arrived.clear()
                    await arrived.wait()
        except TimeoutError:
            raise Empty from None
        return cast(Message, self.take(channel))

    def lose(self) -> None:
        """Nobody is there any more."""
        self.lost.set()
        if self.on_news is not None:
            self.on_news()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._room

    def buffer_updated(self, nbytes: int) -> None:
        if self.problem:
            return
        self._begun += self._room[:nbytes]
        if len(self._begun) < self._wanted:
            return
        try:
            with memoryview(self._begun) as came:
                used = self._read(came)
        except frames.FrameError as error:
            self.problem = str(error)
            self._begun.clear()
            self.transport.pause_reading()
            self._end()
            return
        del self._begun[:used]
        if used and self.on_news is not None:
            self.on_news()
        if self._bytes > MOST_UNREAD:
            self.transport.pause_reading()

    def eof_received(self) -> bool:
        self._end()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        self._end()

    def _end(self) -> None:
        self.closed.set()
        for arrived in self._arrived.values():
            arrived.set()
        self.lose()

    def _read(self, came: memoryview) -> int:
        """Keep each whole message of what came, and tell how many bytes they were."""
        now = time.monotonic()
        at = 0
        while True:
            self._wanted = frames.HEAD.size
            if len(came) - at < self._wanted:
                return at
            begin = at + frames.HEAD.size
            channel, count = frames.unpack_head(bytes(came[at:begin]), frames.JSON_FRAMES + MOST_BUFFERS)
            end = begin + 4 * count
            self._wanted = end - at
            if len(came) < end:
                return at
            lengths = frames.unpack_lengths(bytes(came[begin:end]), MOST_JSON, MOST_MESSAGE)
            if max(lengths[: frames.JSON_FRAMES - 1]) > MOST_ENVELOPE:
                raise frames.FrameError("an envelope larger than allowed")
            if channel != frames.IOPUB and self._replies <= 0:
                raise frames.FrameError("more replies than requests")
            total = sum(lengths)
            self._wanted += total
            if len(came) < end + total:
                return at
            parts = []
            for length in lengths:
                parts.append(bytes(came[end : end + length]))
                end += length
            if channel != frames.IOPUB:
                self._replies -= 1
            size = max(CHARGE_AT_LEAST, total)
            self._unread[channel].append((parts, size, now))
            self._bytes += size
            self._arrived[channel].set()
            at = end

    def close(self) -> None:
        self.transport.abort()


def _object(part: bytes) -> Any:
    return {} if part == b"{}" else _JSON.decode(part.decode("utf-8", "surrogatepass"))


def _parse(parts: Sequence[bytes], parent: Any, at: float) -> Message:
    """A message as nbclient knows it. Raises ValueError, KeyError or RecursionError for anything else.

    `parent`: its parent header, parsed.
    """
    told = parts[frames.JSON_FRAMES - 1]
    if len(told) > MOST_BARE and len(_TEXTS.sub(b"", told)) > MOST_BARE:
        raise frames.FrameError("a message of too many parts")
    header, metadata, content = _object(parts[0]), _object(parts[2]), _object(told)
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
