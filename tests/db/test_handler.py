"""A request has one thread, which keeps its connection; a stream has none, and ends with its reader."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse, StreamingHttpResponse
from django.urls import include, path
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt

from zero_to_gpt.handler import Handler

pytestmark = pytest.mark.django_db(transaction=True)

seen: list[Any] = []
ended: list[str] = []
together = threading.Barrier(2, timeout=10)
came_through = threading.Event()
deaf_no_more = threading.Event()


def noting(get_response: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def middleware(request: Any) -> Any:
        seen.append(threading.get_ident())
        try:
            return get_response(request)
        finally:
            seen.append(threading.get_ident())

    return middleware


@csrf_exempt
def asks(request: Any) -> HttpResponse:
    connection.ensure_connection()
    seen.append((threading.get_ident(), connection.connection))
    return HttpResponse(request.body)


def speaks(request: Any) -> HttpResponse:
    told = translation.get_language()
    translation.activate("de")
    return HttpResponse(told)


def meets(request: Any) -> HttpResponse:
    together.wait()
    return HttpResponse("both")


def fails(request: Any) -> HttpResponse:
    raise RuntimeError("a fault of ours")


def goes_on(request: Any) -> StreamingHttpResponse:
    async def for_ever() -> Any:
        try:
            while True:
                yield b"still here\n"
                await asyncio.sleep(0.01)
        finally:
            ended.append("generator")

    response = StreamingHttpResponse(for_ever(), content_type="text/event-stream")
    response._resource_closers.append(lambda: ended.append("response"))
    return response


def does_not_end(request: Any) -> StreamingHttpResponse:
    async def deaf() -> Any:
        while not deaf_no_more.is_set():
            yield b"still here\n"
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(0.05)

    response = StreamingHttpResponse(deaf(), content_type="text/event-stream")
    response._resource_closers.append(lambda: ended.append("response"))
    return response


urlpatterns = [
    path("asks", asks),
    path("speaks", speaks),
    path("meets", meets),
    path("fails", fails),
    path("goes-on", goes_on),
    path("does-not-end", does_not_end),
    path("", include("zero_to_gpt.urls")),
]


@pytest.fixture
def handler(settings):
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = [f"{__name__}.noting", *settings.MIDDLEWARE]
    seen.clear()
    ended.clear()
    came_through.clear()
    deaf_no_more.clear()
    made: list[Handler] = []

    def make(works: int) -> Handler:
        made.append(Handler(works))
        return made[-1]

    yield make
    for each in made:
        each._threads.submit(lambda: connection.close()).result()
        each._threads.shutdown()


async def ask(handler: Handler, address: str, body: bytes = b"", gone: asyncio.Event | None = None) -> Any:
    """Status and body of one request; whoever asks leaves when `gone` is set."""
    gone = gone or asyncio.Event()
    sent: list[dict[str, Any]] = []
    came = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receive() -> dict[str, Any]:
        message = next(came, None)
        if message is None:
            await gone.wait()
            return {"type": "http.disconnect"}
        return message

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)
        if message.get("body"):
            came_through.set()

    headers = [(b"host", b"localhost"), (b"content-length", str(len(body)).encode())]
    scope = {"type": "http", "method": "POST" if body else "GET", "path": address, "query_string": b""}
    await handler(scope | {"headers": headers, "root_path": "", "http_version": "1.1"}, receive, send)
    text = b"".join(message.get("body", b"") for message in sent)
    return SimpleNamespace(status=sent[0]["status"] if sent else None, body=text)


async def heard() -> None:
    """Something of an answer came."""
    while not came_through.is_set():
        await asyncio.sleep(0.01)


def test_one_thread_answers_and_keeps_its_connection(handler):
    one = handler(1)
    answers = [asyncio.run(ask(one, "/asks", body)) for body in (b"first", b"second")]
    assert [(answer.status, answer.body) for answer in answers] == [(200, b"first"), (200, b"second")]
    (before, (thread, kept), after), (_, (_, again), _) = seen[:3], seen[3:]
    assert before == thread == after != threading.get_ident()
    assert again is kept


def test_what_a_request_activates_ends_with_it(handler):
    one = handler(1)
    assert [asyncio.run(ask(one, "/speaks")).body for _ in range(2)] == [b"en", b"en"]


def test_requests_work_side_by_side(handler):
    two = handler(2)

    async def both() -> list[Any]:
        return await asyncio.gather(ask(two, "/meets"), ask(two, "/meets"))

    assert [answer.body for answer in asyncio.run(both())] == [b"both", b"both"]


def test_a_fault_is_answered_and_the_next_request_too(handler):
    one = handler(1)
    assert asyncio.run(ask(one, "/fails")).status == 500
    assert asyncio.run(ask(one, "/asks", b"x")).body == b"x"


def test_a_stream_holds_no_thread_and_ends_with_its_reader(handler):
    one = handler(1)

    async def both() -> Any:
        gone = asyncio.Event()
        stream = asyncio.ensure_future(ask(one, "/goes-on", gone=gone))
        await heard()
        beside = await ask(one, "/asks", b"beside")
        assert not stream.done()
        gone.set()
        return beside, await asyncio.wait_for(stream, 10)

    beside, stream = asyncio.run(both())
    assert beside.body == b"beside"
    assert stream.status == 200
    assert b"still here" in stream.body
    assert ended == ["generator", "response"]


def test_a_stream_that_does_not_hear_that_its_reader_left_is_closed_all_the_same(handler, monkeypatch):
    monkeypatch.setattr("zero_to_gpt.handler.ENDING_SECONDS", 0.2)
    one = handler(1)

    async def leave() -> list[str]:
        gone = asyncio.Event()
        stream = asyncio.ensure_future(ask(one, "/does-not-end", gone=gone))
        await heard()
        gone.set()
        try:
            await asyncio.wait_for(stream, 20)
            return list(ended)
        finally:
            deaf_no_more.set()

    assert asyncio.run(leave()) == ["response"]


def test_who_leaves_before_the_question_is_complete_is_not_answered(handler):
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/asks", "headers": [], "query_string": b""}
    asyncio.run(handler(1)(scope, receive, send))
    assert sent == []
    assert seen == []
