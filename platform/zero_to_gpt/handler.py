"""Django behind ASGI: a request is answered by one thread, from its first middleware to its last.

Django's own handler asks every middleware in a thread of its own, and makes a thread and with it a database
connection for each request. Here `works` threads answer, and keep their connections from request to request
(CONN_MAX_AGE). Only what is below STATIC_URL is left to Django's way: a file that is there needs neither. A
view may answer with a stream that is an asynchronous iterator: it is read in the event loop, with no thread
held.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed, RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.core.handlers.base import BaseHandler
from django.core.signals import request_started
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import set_script_prefix
from django.utils.decorators import sync_and_async_middleware
from servestatic.middleware import ServeStaticMiddleware

ENDING_SECONDS = 5.0
"""For a stream to notice that its reader left; then its place is free, whatever it does."""

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]


class Handler(ASGIHandler):
    """An ASGI application. `works`: how many requests have a thread at the same time; others wait for one."""

    def __init__(self, works: int) -> None:
        super().__init__()
        self._threads = ThreadPoolExecutor(works, thread_name_prefix="request")
        self._in_thread = _InThread()

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(settings.STATIC_URL):
            await super().__call__(scope, receive, send)
            return
        try:
            body = await self.read_body(receive)
        except RequestAborted:  # who asked hung up
            return
        with body:
            set_script_prefix(get_script_prefix(scope))
            request, response = self.create_request(scope, body)
            if response is None:
                response = await self._answered(request, scope)
        if response.streaming:
            await self._stream(response, receive, send)
        else:
            await self.send_response(response, send)

    async def _answered(self, request: Any, scope: Any) -> HttpResponseBase:
        run = contextvars.copy_context().run  # what a request activates (a language) ends with it
        work = asyncio.get_running_loop().run_in_executor
        return await work(self._threads, run, self._in_thread.answer, request, scope)

    async def _stream(self, response: HttpResponseBase, receive: Receive, send: Send) -> None:
        """Send it until it ends, or until nobody listens any more."""
        sending = asyncio.ensure_future(self.send_response(response, send))
        gone = asyncio.ensure_future(self.listen_for_disconnect(receive))
        try:
            await asyncio.wait((sending, gone), return_when=asyncio.FIRST_COMPLETED)
            if sending.done():
                sending.result()
        finally:
            for task in (sending, gone):
                task.cancel()
            ended, _ = await asyncio.wait((sending, gone), timeout=ENDING_SECONDS)
            for task in ended:
                _ = task.cancelled() or task.exception()  # looked at: that a reader left is nothing to log
            response.close()


class _InThread(ASGIHandler):
    """The same middleware and views, called one after the other."""

    def __init__(self) -> None:
        BaseHandler.__init__(self)
        self.load_middleware(is_async=False)

    def answer(self, request: HttpRequest, scope: Any) -> HttpResponseBase:
        """The response. A whole one is closed here, in the thread that has its connection to the database; a
        stream stays open, and reads nothing that belongs to this thread."""
        request_started.send(sender=type(self), scope=scope)
        response: HttpResponseBase = self.get_response(request)
        if not response.streaming:
            response.close()
        return response


@sync_and_async_middleware
def static_files(get_response: Callable[[HttpRequest], Any]) -> ServeStaticMiddleware:
    """Serves static files on Django's own way, and is left out of the one in a thread."""
    if not iscoroutinefunction(get_response):
        raise MiddlewareNotUsed
    return ServeStaticMiddleware(get_response)
