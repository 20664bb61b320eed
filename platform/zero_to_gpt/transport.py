"""Celery's filesystem transport, made safe for readers that look fifty times a second.

kombu's own lets a message be seen before it is written: a reader that looks in that moment takes an
empty file, and the worker ends with "Unrecoverable error". Here every file appears whole or not at
all (written under another name, then renamed), and what cannot be read is dropped: the database is
the queue, and the reaper rings again. A named pipe beside the messages wakes a listener the moment
that one is written; looking all the same is for those that somebody else's wake was used up for.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import logging
import os
import re
import select
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, filesystem, virtual
from kombu.transport.filesystem import exchange_queue_t

log = logging.getLogger(__name__)

SCHEME = "files"
TRANSPORT_ALIASES[SCHEME] = f"{__name__}:Transport"


class Channel(filesystem.Channel):
    """Messages are files `<time>_<id>.<queue>.msg`; exchange tables are files `<exchange>.exchange`."""

    def _table(self, exchange: str) -> Path:
        if not re.fullmatch(r"[\w@-][\w.@-]*", exchange):
            raise ValueError(f"not the name of an exchange: {exchange!r}")
        return Path(self.control_folder, f"{exchange}.exchange")

    def get_table(self, exchange: str) -> list[Any]:
        try:
            table = json.loads(self._table(exchange).read_text())
        except FileNotFoundError:
            return []
        return [exchange_queue_t(*entry) for entry in table]

    def _queue_bind(self, exchange: str, routing_key: str | None, pattern: str | None, queue: str) -> None:
        entry = exchange_queue_t(routing_key or "", pattern or "", queue or "")
        if entry in self.get_table(exchange):
            return
        with self._only_writer():
            table = self.get_table(exchange)
            if entry not in table:
                _appear(self._table(exchange), [entry, *table])

    def _delete(
        self, queue: str, exchange: str, routing_key: str, pattern: str, *args: Any, **kwargs: Any
    ) -> None:
        self._purge(queue)
        entry = exchange_queue_t(routing_key or "", pattern or "", queue or "")
        with self._only_writer():
            table = self.get_table(exchange)
            if entry in table:
                _appear(self._table(exchange), [other for other in table if other != entry])

    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]  # stubs differ
        name = f"{time.time_ns()}_{uuid.uuid4()}.{queue}.msg"
        _appear(Path(self.data_folder_out, name), payload)
        _wake(Path(self.data_folder_out, PIPE))

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        ending = f"{queue}.msg"
        for name in sorted(os.listdir(self.data_folder_in)):  # noqa: PTH208  names only, and often
            if name.partition(".")[2] != ending:
                continue
            taken = Path(self.data_folder_in, f".{uuid.uuid4()}")
            try:
                Path(self.data_folder_in, name).rename(taken)  # of several readers one succeeds
            except FileNotFoundError:
                continue
            content = taken.read_bytes()
            taken.unlink()
            try:
                return json.loads(content)
            except ValueError:
                log.warning("dropped a message that cannot be read: %s", name)
        raise Empty

    @contextmanager
    def _only_writer(self) -> Iterator[None]:
        """One process at a time changes exchange tables; readers need no lock."""
        folder = Path(self.control_folder)
        folder.mkdir(exist_ok=True)
        with (folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


class Transport(filesystem.Transport):
    Channel = Channel
    driver_type = "filesystem"
    driver_name = SCHEME

    def __init__(self, client: Any, **kwargs: Any) -> None:
        super().__init__(client, **kwargs)
        # kombu remembers bindings per process: a second thread would ring before the first has written
        # the table, and the message would go nowhere. Per connection, everybody looks for themselves.
        self.state = virtual.BrokerState()
        self._folder: str = client.transport_options["data_folder_in"]
        self._look_again = float(client.transport_options["polling_interval"])
        self._pipe = -1

    def drain_events(  # type: ignore[override]  # the stubs' base has another signature than kombu's
        self, connection: Any, timeout: float | None = None
    ) -> None:
        """Deliver one message, or raise TimeoutError after so many seconds, as kombu's does."""
        until = None if timeout is None else time.monotonic() + timeout
        while True:
            try:
                self.cycle.get(self._deliver, timeout=timeout)  # type: ignore[union-attr]  # set at once
            except Empty:
                left = self._look_again if until is None else until - time.monotonic()
                if left <= 0:
                    raise TimeoutError from None
                self._listen(min(left, self._look_again))
            else:
                return

    def _listen(self, seconds: float) -> None:
        """Until somebody rings, or so long."""
        if self._pipe < 0:
            pipe = Path(self._folder, PIPE)
            with contextlib.suppress(FileExistsError):
                os.mkfifo(pipe, 0o600)
            # Opened for both, it never blocks and never ends when the last who rings goes.
            self._pipe = os.open(pipe, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        heard = select.poll()
        heard.register(self._pipe, select.POLLIN)
        if heard.poll(seconds * 1000):
            with contextlib.suppress(BlockingIOError):  # another listener was quicker
                os.read(self._pipe, 4096)

    def close_connection(self, connection: Any) -> None:
        super().close_connection(connection)
        if self._pipe >= 0:
            os.close(self._pipe)
            self._pipe = -1


PIPE = ".bell"


def _wake(pipe: Path) -> None:
    """One byte for whoever listens; nobody there, or more bytes than a pipe holds, is as good."""
    with contextlib.suppress(OSError):
        descriptor = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            os.write(descriptor, b"!")
        finally:
            os.close(descriptor)


def _appear(file: Path, data: Any) -> None:
    """Write JSON so that the file is seen whole or not at all."""
    hidden = file.with_name(f".{uuid.uuid4()}")
    hidden.write_text(json.dumps(data))
    hidden.rename(file)
