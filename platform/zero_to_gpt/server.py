"""The web server: uvicorn, with a bound on open connections and on how long a request's head may take.

    python -m zero_to_gpt.server [--host 127.0.0.1] [--port 8000] [--fd N]

uvicorn alone keeps a connection that never finishes its headers for ever. Here a request's head has
HEAD_SECONDS, and an answer of which nothing is taken for STUCK_SECONDS is given up; and of more connections
than CONNECTIONS allows, the one that has waited longest without a request in work gives place to the new one.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import resource
import socket
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from zero_to_gpt import settings

log = logging.getLogger("zero_to_gpt.server")

HEAD_SECONDS = 10.0
STUCK_SECONDS = 30.0
KEEP_ALIVE_SECONDS = 15
GRACE_SECONDS = 3
WAITING = 256
"""Connections that the kernel keeps while we are busy accepting."""
FILES_BESIDE = 256
"""Open files that are no connections: the database, the libraries, static files being read."""
REFUSED = (
    b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\nretry-after: 5\r\n"
    b"content-type: text/plain; charset=utf-8\r\ncontent-length: 67\r\n\r\n"
    b"More people are connected than this server can answer. Try again.\r\n"
)


class BoundedProtocol(H11Protocol):
    """One connection; `most` of them may be open at once."""

    most = settings.CONNECTIONS
    _clock: asyncio.TimerHandle | None = None
    _quiet_since = 0.0
    _stuck: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._quiet_since = self.loop.time()
        self._mind()
        if len(self.connections) <= self.most:
            return
        idle = [each for each in self.connections if isinstance(each, BoundedProtocol) and not each.busy]
        oldest = min(idle, key=lambda each: each._quiet_since)  # at least this one is idle
        if oldest is self:
            transport.write(REFUSED)
            transport.close()
        else:
            oldest.transport.abort()
            self.connections.discard(oldest)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._mind()

    def on_response_complete(self) -> None:
        self._quiet_since = self.loop.time()
        super().on_response_complete()
        self._mind()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_clock()
        self._forget_reader()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch_reader(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        self._forget_reader()
        super().resume_writing()

    def _watch_reader(self, left: int) -> None:
        self._stuck = self.loop.call_later(STUCK_SECONDS, self._still_reading, left)

    def _still_reading(self, before: int) -> None:
        left = self.transport.get_write_buffer_size()
        if left < before:
            self._watch_reader(left)
        else:
            self.transport.abort()

    def _forget_reader(self) -> None:
        if self._stuck is not None:
            self._stuck.cancel()
            self._stuck = None

    @property
    def busy(self) -> bool:
        """Whether a request is being answered."""
        return self.cycle is not None and not self.cycle.response_complete

    def _mind(self) -> None:
        """A clock runs while a head is incomplete; between two requests uvicorn's own runs."""
        if self.busy or self.timeout_keep_alive_task is not None:
            self._stop_clock()
        elif self._clock is None:
            self._clock = self.loop.call_later(HEAD_SECONDS, self._too_slow)

    def _stop_clock(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def _too_slow(self) -> None:
        self._clock = None
        if not self.busy and not self.transport.is_closing():
            self.transport.abort()


def most_connections(asked: int) -> int:
    """As many of the connections asked for as this process may open files for."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = 2 * asked + FILES_BESIDE  # a static file may be open for each
    wanted = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return asked
    possible = max(1, (soft - FILES_BESIDE) // 2)
    log.warning("CONNECTIONS is %s, but this process may open %s files: %s it is.", asked, soft, possible)
    return possible


def serve(listener: socket.socket) -> None:
    """Serve on a socket that is bound already, until a signal comes."""
    BoundedProtocol.most = most_connections(settings.CONNECTIONS)
    options: dict[str, Any] = {
        "http": BoundedProtocol,
        "log_level": "warning",
        "access_log": False,
        "proxy_headers": False,  # the door believes only TRUSTED_PROXIES
        "server_header": False,
        "backlog": WAITING,
        "timeout_keep_alive": KEEP_ALIVE_SECONDS,
        "timeout_graceful_shutdown": GRACE_SECONDS,
    }
    config = uvicorn.Config("zero_to_gpt.asgi:application", **options)
    uvicorn.Server(config).run(sockets=[listener])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m zero_to_gpt.server", description="Serve the site.")
    parser.add_argument("--host", default=settings.HOST)
    parser.add_argument("--port", type=int, default=settings.PORT)
    parser.add_argument("--fd", type=int, help="a listening socket that this process inherits")
    options = parser.parse_args()
    if options.fd is not None:
        listener = socket.socket(fileno=options.fd)
    else:
        listener = listen(options.host, options.port)
    serve(listener)


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens there. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.create_server((host, port), family=family, backlog=WAITING)
    # Asked again, the kernel says that this is TCP; only then does asyncio send small answers at once
    # instead of after the other side's delayed acknowledgement (40 ms).
    return socket.socket(fileno=made.detach())


if __name__ == "__main__":
    main()
