"""What every request passes before Django sees it: who sent it, how large it is, how many work at once.

Nothing here is unbounded. A body is read whole into memory, up to a limit for its route, in limited time,
and all bodies together up to a limit; only then does a request take one of the `works` places, of which
each costs a thread and a database connection. Its place is free again when its answer begins: what comes
then (all of it, parts of a file, a live line) needs no thread and no database, so a slow reader holds none.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import json
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[..., Awaitable[None]]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

KB, MB = 1024, 1024 * 1024
BODY_LIMITS = (
    ("/exercises/", 2 * MB),  # 256 kB of source, escaped six characters for one
    ("/api/v1/submissions", 2 * MB),
    ("/authoring/", 4 * MB),  # a whole exercise: its folder as a zip, or all its files as a form
    ("/admin/", 8 * MB),  # a roster to import
    ("/cohorts/", 256 * KB),
    ("", 64 * KB),
)
"""The longest body by the beginning of its address; the first that fits counts."""
ALL_BODIES = 64 * MB
BODY_SECONDS = 30.0
WAIT_SECONDS = 10.0
THROWN_AWAY = 16 * MB
"""How much of a refused body is still read, so that a browser sees the sentence and no broken line."""
SECONDS_TO_THROW = 5.0

PAGE = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    "<h1>{title}</h1><p>{sentence}</p></html>"
)


CLAIMS = frozenset({b"forwarded", *(b"x-forwarded-" + what for what in (b"for", b"proto", b"host", b"port"))})


class Refusal(Exception):
    """A request that Django never sees: status, a word for programs, and a sentence for people."""

    def __init__(self, status: int, code: str, sentence: str, retry_after: int = 0) -> None:
        super().__init__(sentence)
        self.status, self.code, self.sentence, self.retry_after = status, code, sentence, retry_after


class Gone(Exception):
    """Who asked hung up before the question was complete."""


def longest_body(path: str) -> int:
    """Bytes that a request to this address may bring."""
    return next(limit for beginning, limit in BODY_LIMITS if path.startswith(beginning))


class Door:
    """An ASGI application around another one. `works`: requests that are worked on at the same time."""

    def __init__(self, application: Application, *, proxies: Sequence[Network], works: int) -> None:
        self._application = application
        self._proxies = proxies
        self._places = asyncio.Semaphore(works)
        self._held = 0  # bytes of bodies in memory

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        scope = believed(scope, self._proxies)
        held = 0
        try:
            try:
                async with asyncio.timeout(BODY_SECONDS):
                    body = bytearray()
                    limit = longest_body(scope["path"])
                    if _announced(scope) > limit:
                        raise _too_large(limit)
                    more = True
                    while more:
                        part, more = await _part(receive)
                        held += len(part)
                        self._held += len(part)
                        body += part
                        if len(body) > limit:
                            raise _too_large(limit)
                        if self._held > ALL_BODIES:
                            raise _busy()
            except TimeoutError:
                slow = f"The request did not arrive within {BODY_SECONDS:.0f} seconds. Try again."
                raise Refusal(408, "too_slow", slow) from None
            await self._work(scope, bytes(body), receive, send)
        except Refusal as refusal:
            self._held, held = self._held - held, 0
            # Who waits for our consent (Expect) or announces a giant has the answer at once.
            if refusal.status == 413 and _announced(scope) <= THROWN_AWAY and not _header(scope, b"expect"):
                await _throw_away(receive)
            await _answer(scope, refusal, send)
        except Gone:
            return
        finally:
            self._held -= held

    async def _work(self, scope: Any, body: bytes, receive: Receive, send: Send) -> None:
        """Ask Django in a place of its own, until its answer begins."""
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await self._places.acquire()
        except TimeoutError:
            raise _busy() from None
        holding = True
        read = False

        async def whole() -> Message:
            nonlocal read
            if read:
                return await receive()
            read = True
            return {"type": "http.request", "body": body, "more_body": False}

        async def begun(message: Message) -> None:
            nonlocal holding
            if holding and message["type"] == "http.response.start":
                self._places.release()
                holding = False
            await send(message)

        try:
            await self._application(scope, whole, begun)
        finally:
            if holding:
                self._places.release()


def believed(scope: Any, proxies: Sequence[Network]) -> Any:
    """`scope` with the sender and the scheme that may be believed, and without the headers that claim them.

    X-Forwarded-For is read from its right end, where the proxy nearest to us wrote: each address is believed
    as long as the one that reported it is a proxy of ours.
    """
    headers = [(name, value) for name, value in scope["headers"] if name not in CLAIMS]
    changed = {**scope, "headers": headers}
    sender = _address(scope["client"][0]) if scope.get("client") else None
    if sender is None or not _among(sender, proxies):
        return changed
    said = [value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"]
    for text in reversed(",".join(said).split(",")):
        if not _among(sender, proxies):
            break
        further = _address(text)
        if further is None:
            break
        sender = further
    changed["client"] = (str(sender), 0)
    proto = [value for name, value in scope["headers"] if name == b"x-forwarded-proto"]
    last = proto[-1].decode("latin-1").rpartition(",")[2].strip().lower() if proto else ""
    if last in ("http", "https"):
        changed["scheme"] = last
    return changed


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """An address as proxies write it, perhaps with a port; IPv4 in IPv6's clothes is IPv4."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def _among(address: ipaddress.IPv4Address | ipaddress.IPv6Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)


def _header(message: Any, wanted: bytes) -> bytes:
    return next((value for name, value in message.get("headers", ()) if name.lower() == wanted), b"")


def _announced(scope: Any) -> int:
    """The length that the request says it has; the server has checked that it is a number."""
    text = _header(scope, b"content-length")
    return int(text) if text.isdigit() and len(text) < 19 else 0


async def _part(receive: Receive) -> tuple[bytes, bool]:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise Gone
    return message.get("body", b""), message.get("more_body", False)


async def _throw_away(receive: Receive) -> None:
    """Read on without keeping anything, for a moment."""
    thrown, more = 0, True
    with contextlib.suppress(TimeoutError, Gone):
        async with asyncio.timeout(SECONDS_TO_THROW):
            while more and thrown < THROWN_AWAY:
                part, more = await _part(receive)
                thrown += len(part)


def _too_large(limit: int) -> Refusal:
    shown = f"{limit // MB} MB" if limit >= MB else f"{limit // KB} kB"
    sentence = f"This is larger than the {shown} that are read here. Send less."
    return Refusal(413, "source_too_large", sentence)


def _busy() -> Refusal:
    sentence = "More people ask at the moment than this server can answer. Nothing is lost: try again soon."
    return Refusal(503, "busy", sentence, retry_after=5)


async def _answer(scope: Any, refusal: Refusal, send: Send) -> None:
    """In the shape that who asks can read: a problem document, JSON for our scripts, or a small page."""
    if scope["path"].startswith("/api/"):
        kind = b"application/problem+json"
        document = {"status": refusal.status, "code": refusal.code, "detail": refusal.sentence}
        body = json.dumps(document).encode()
    elif b"application/json" in _header(scope, b"accept"):
        kind = b"application/json"
        said = {"error": refusal.sentence, "reason": refusal.code, "retry_after": refusal.retry_after}
        body = json.dumps(said).encode()
    else:
        kind = b"text/html; charset=utf-8"
        title = {413: "Too large", 408: "Too slow"}.get(refusal.status, "Busy at the moment")
        body = PAGE.format(title=title, sentence=refusal.sentence).encode()
    headers = [
        (b"content-type", kind),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"content-security-policy", b"default-src 'none'"),
        (b"x-content-type-options", b"nosniff"),
    ]
    if refusal.status in (408, 413):
        headers.append((b"connection", b"close"))  # the rest of the body may still be on its way
    if refusal.retry_after:
        headers.append((b"retry-after", str(refusal.retry_after).encode()))
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
