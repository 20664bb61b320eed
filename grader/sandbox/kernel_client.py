"""The kernel client of one box: Jupyter's requests and replies over its link."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from queue import Empty
from typing import Any

from jupyter_client.asynchronous.client import AsyncKernelClient
from traitlets import Any as AnyTrait

from grader.sandbox.link import Link, Message
from sandbox_images.inside import frames

NONCE_BYTES = 16
_encoded = json.JSONEncoder(default=str).encode


class LinkChannel:
    """A channel as jupyter_client and nbclient know it, over the link."""

    def __init__(self, link: Link, channel: bytes) -> None:
        self.link = link
        self.channel = channel

    async def get_msg(self, timeout: float | None = None) -> Message:
        return await self.link.next(self.channel, timeout)

    def send(self, message: Message, buffers: Sequence[bytes] = ()) -> None:
        names = ("header", "parent_header", "metadata", "content")
        parts = [_encoded(message[name]).encode() for name in names]
        self.link.send(self.channel, [*parts, *buffers])


class BoxKernelClient(AsyncKernelClient):
    """The connected client of one box. `with_request` dresses the next execute request.

    `most_memory_mb`: no cap that is set is larger, where the box's device has no more.
    """

    link = AnyTrait()

    def attach(self, link: Link) -> BoxKernelClient:
        self.link = link
        self._shell_channel = LinkChannel(link, frames.SHELL)
        self._iopub_channel = LinkChannel(link, frames.IOPUB)
        self._control_channel = LinkChannel(link, frames.CONTROL)
        self._dress: tuple[dict[str, Any], Sequence[bytes]] = ({}, ())
        self._drawn = b""
        self.most_memory_mb: int | None = None
        self.allow_stdin = False
        return self

    def nonce(self) -> str:
        """A word that nobody can guess. Drawn many at a time: to ask the system costs as much as a cell."""
        if not self._drawn:
            self._drawn = os.urandom(64 * NONCE_BYTES)
        drawn, self._drawn = self._drawn[:NONCE_BYTES], self._drawn[NONCE_BYTES:]
        return drawn.hex()

    def with_request(self, metadata: dict[str, Any], buffers: Sequence[bytes] = ()) -> None:
        how = metadata.get("zg", {})
        if self.most_memory_mb is not None and "memory_mb" in how:
            how = how | {"memory_mb": min(how["memory_mb"], self.most_memory_mb)}
            metadata = metadata | {"zg": how}
        self._dress = (metadata, buffers)

    def execute(
        self, code: str, *_: Any, store_history: bool = True, stop_on_error: bool = True, **__: Any
    ) -> str:
        metadata, buffers = self._dress
        self._dress = ({}, ())
        content = {
            "code": code,
            "silent": False,
            "store_history": store_history,
            "stop_on_error": stop_on_error,
        }
        number = self.nonce()
        message = {
            "header": {"msg_id": number, "msg_type": "execute_request", "version": "5.3"},
            "parent_header": {},
            "metadata": metadata,
            "content": content | {"allow_stdin": False, "user_expressions": {}},
        }
        self.shell_channel.send(message, buffers)
        return number

    async def ready(self) -> None:
        """Wait for the first word of a kernel that has rehearsed. Raises EOFError when none will come."""
        while True:
            try:
                message = await self.link.next(frames.IOPUB, 60.0)
            except Empty:
                if self.link.closed.is_set():
                    raise EOFError from None
                continue
            if message["msg_type"] == "status":
                return

    async def is_alive(self) -> bool:
        return not self.link.closed.is_set()
