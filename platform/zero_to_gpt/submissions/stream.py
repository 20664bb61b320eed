"""The live line of a submission: server-sent events, resumable, fed by one reader per process.

An event's id is its primary key, so `Last-Event-ID` (or `?after=`) resumes after a reload, a dropped
line or a restart. Only what a learner may see is ever an event.
"""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import time
import weakref
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import Max
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_GET

from zero_to_gpt.accounts.models import User
from zero_to_gpt.addresses import key_of
from zero_to_gpt.submissions.models import Event, EventKind, Submission
from zero_to_gpt.submissions.refusals import TooFast

log = logging.getLogger(__name__)

POLL_SECONDS = 0.02
"""Between two looks for new events, where they have to be asked for."""
GLANCE_SECONDS = 0.002
"""SQLite says for a few microseconds' work whether anybody wrote: so often it is asked that."""
LEAST_SECONDS = 0.005
"""Between two looks, however much is written."""
LOOK_ANYWAY_SECONDS = 0.5
COMMIT_SECONDS = 2.0
MARGIN = 200
KEEP_ALIVE_SECONDS = 15.0
RIGHTS_SECONDS = 15.0
"""Between two looks whether the readers of open streams may still read them."""
LONGEST_SECONDS = 1800.0
STREAMS_OF_ONE = 12
LAST_EVENTS = frozenset({EventKind.GRADED, EventKind.CANCELLED, EventKind.BROKEN})
"""After one of these the stream ends."""


@require_GET
def events(request: HttpRequest, submission_id: int) -> HttpResponseBase:
    """The events of one submission that this person may see, from where they left off."""
    submission = Submission.objects.outlines().one_visible_to(request.user, submission_id)
    if submission is None:  # not Http404: a program asks, and would be shown a page
        return HttpResponse("There is no such submission.", status=404, content_type="text/plain")
    try:
        return respond(request, submission, reader=request.user.pk or 0)
    except TooFast as refusal:
        said = {"error": refusal.text, "reason": refusal.code, "retry_after": refusal.retry_after}
        headers = {"Retry-After": str(refusal.retry_after)}
        return JsonResponse(said, status=refusal.status, headers=headers)


def respond(request: HttpRequest, submission: Submission, *, reader: int) -> HttpResponseBase:
    """The stream of a submission that was already found to be visible to the person `reader`.

    204 where nothing more will come: it tells an EventSource not to come back. Raises TooFast where this
    person, or this process, has as many streams open as it may.
    """
    after = request.headers.get("Last-Event-ID") or request.GET.get("after", "")
    first = key_of(after) or 0
    if submission.finished and not submission.events.filter(pk__gt=first).exists():
        return HttpResponse(status=204)
    return Stream(_lines(submission, first, reader), OPEN.take(reader))


class Stream(StreamingHttpResponse):
    """The response; when it is closed, or dropped before it began, its place is free."""

    def __init__(self, lines: AsyncIterator[bytes], free: Callable[[], None]) -> None:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(lines, content_type="text/event-stream", headers=headers)
        self._free = weakref.finalize(self, free)

    def close(self) -> None:
        self._free()
        super().close()


class OpenStreams:
    """How many streams this process has open, for whom. A place that is not free is refused, not taken away:
    a page that loses its line would ask for it again, and two pages would take it from each other for ever.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()  # what frees a dropped response may run inside `take`
        self._of: Counter[int] = Counter()

    def take(self, reader: int) -> Callable[[], None]:
        """A place; what is returned frees it, once. Raises TooFast."""
        with self._lock:
            if self._of[reader] >= STREAMS_OF_ONE:
                raise TooFast(
                    f"You follow {STREAMS_OF_ONE} submissions already. Close one of those pages first.", 15
                )
            if self._of.total() >= settings.STREAMS:
                raise TooFast("More people follow their submissions than this server can serve live.", 15)
            self._of[reader] += 1
        freed = False

        def free() -> None:
            nonlocal freed
            with self._lock:
                if not freed:
                    freed = True
                    self._of[reader] -= 1
                    self._of += Counter()  # forgets who has none

        return free


OPEN = OpenStreams()


async def _lines(submission: Submission, after: int, reader: int) -> AsyncIterator[bytes]:
    yield b"retry: 1000\n\n"
    until = time.monotonic() + LONGEST_SECONDS
    subscription = TAIL.subscribe(submission.pk, after, reader)
    finished = submission.finished
    try:
        while time.monotonic() < until:
            try:
                # Not wait_for: that of Python 3.11 forgets that it is cancelled if a batch comes in the same
                # moment, and who left would keep the place until the submission ends.
                async with asyncio.timeout(KEEP_ALIVE_SECONDS):
                    batch = await subscription.queue.get()
            except TimeoutError:
                yield b": still here\n\n"
                continue
            if batch is None:  # who asks again is told that there is no such submission
                return
            if batch:
                yield "".join(map(_line, batch)).encode()
            # What was finished before we asked has all its events in the first batch.
            if finished or (batch and batch[-1].kind in LAST_EVENTS):
                yield b"event: end\ndata: {}\n\n"
                return
    finally:
        TAIL.unsubscribe(subscription)


def _line(event: Event) -> str:
    if event.kind == "asking":  # how long it has been asked: a page may be opened in the middle
        age = max(0.0, (timezone.now() - event.created).total_seconds())
        event.data = {**event.data, "age": round(age, 1)}
    return f"id: {event.pk}\nevent: {event.kind}\ndata: {json.dumps(event.data)}\n\n"


@dataclass(eq=False)
class Subscription:
    """One open stream: what it has seen, whose it is, and the queue into its event loop. None in it: no more,
    for its reader may not read this submission any longer."""

    submission_id: int
    last: int
    reader: int
    loop: asyncio.AbstractEventLoop
    queue: asyncio.Queue[list[Event] | None] = field(default_factory=asyncio.Queue)
    begun: bool = False


class Tail:
    """One thread reads new events for all streams of this process; it lives while there are any.

    Within a submission ids are committed in order. Between submissions they may not be (PostgreSQL),
    so a look goes back to the newest id of some seconds ago, and each stream drops what it has.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._subscriptions: set[Subscription] = set()
        self._thread: threading.Thread | None = None
        self._came = threading.Event()  # somebody subscribed since the last look began

    def subscribe(self, submission_id: int, after: int, reader: int) -> Subscription:
        subscription = Subscription(submission_id, after, reader, asyncio.get_running_loop())
        with self._lock:  # adding and starting are one step: never two readers, never none
            self._subscriptions.add(subscription)
            self._came.set()
            if self._thread is None:
                self._thread = threading.Thread(target=self._read, name="event-tail", daemon=True)
                self._thread.start()
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        with self._lock:
            self._subscriptions.discard(subscription)

    def _read(self) -> None:
        reader = _Reader()
        try:
            while True:
                with self._lock:
                    self._came.clear()
                    current = list(self._subscriptions)
                    if not current:
                        self._thread = None
                        return
                try:
                    reader.look(current)
                    reader.rest(self._came)
                except DatabaseError as error:  # away for a moment: the streams wait
                    log.warning("cannot read events: %s", error)
                    connection.close()
                    time.sleep(LOOK_ANYWAY_SECONDS)
                except Exception:  # a reader that ended in silence would leave every page waiting
                    log.exception("cannot read events")
                    connection.close()
                    time.sleep(LOOK_ANYWAY_SECONDS)
        finally:
            connection.close()


class _Reader:
    """What the tail's thread remembers between two looks."""

    def __init__(self) -> None:
        self._newest = -1
        self._seen = 0
        self._looked = 0.0
        self._asked = time.monotonic()
        self._history: deque[tuple[float, int]] = deque()

    def rest(self, came: threading.Event) -> None:
        """Until it is time to look again: with SQLite when it was written to, or somebody came."""
        if connection.vendor != "sqlite":
            time.sleep(POLL_SECONDS)
            return
        until = time.monotonic() + LOOK_ANYWAY_SECONDS
        time.sleep(LEAST_SECONDS)
        while self._version() == self._seen and time.monotonic() < until:
            if came.wait(GLANCE_SECONDS):
                return

    def _version(self) -> int:
        """Another number after each commit of somebody else's; known to SQLite alone."""
        with connection.wrap_database_errors:
            version: int = connection.connection.execute("PRAGMA data_version").fetchone()[0]
        return version

    def look(self, current: list[Subscription]) -> None:
        now = time.monotonic()
        connection.ensure_connection()
        if connection.vendor == "sqlite":
            self._seen = self._version()  # before anything is read: what is written meanwhile is seen next
        if now - self._asked >= RIGHTS_SECONDS:
            self._asked = now
            for subscription in _without_right(current):
                current.remove(subscription)
                _put(subscription, None)
        newest = Event.objects.aggregate(newest=Max("pk"))["newest"] or 0
        for subscription in current:
            if not subscription.begun:
                past = Event.objects.filter(
                    submission_id=subscription.submission_id, pk__gt=subscription.last
                )
                found = list(past.order_by("pk"))
                subscription.begun = True
                _deliver(subscription, found, even_if_empty=True)
        if newest == self._newest and now - self._looked < LOOK_ANYWAY_SECONDS:
            return
        if not self._history:
            self._history.append((now, newest - MARGIN))
        self._newest, self._looked = newest, now
        self._history.append((now, newest))
        while len(self._history) > 1 and self._history[1][0] < now - COMMIT_SECONDS:
            self._history.popleft()
        by_submission: dict[int, list[Event]] = {}
        ids = {subscription.submission_id for subscription in current}
        fresh = Event.objects.filter(pk__gt=self._history[0][1], submission_id__in=ids)
        for event in fresh.order_by("pk"):
            by_submission.setdefault(event.submission_id, []).append(event)
        for subscription in current:
            _deliver(subscription, by_submission.get(subscription.submission_id, []))


def _without_right(current: list[Subscription]) -> list[Subscription]:
    """Those whose reader left, may not sign in or may not read that submission any more, or that has none."""
    people = User.objects.filter(is_active=True).in_bulk({each.reader for each in current})
    owners = dict(
        Submission.objects.filter(pk__in={each.submission_id for each in current}).values_list("pk", "user")
    )
    lost = []
    for each in current:
        person, owner = people.get(each.reader), owners.get(each.submission_id)
        mine = Submission.objects.filter(pk=each.submission_id)
        if person is None or (owner != person.pk and not mine.visible_to(person).exists()):
            lost.append(each)
    return lost


def _deliver(subscription: Subscription, found: list[Event], *, even_if_empty: bool = False) -> None:
    batch = [event for event in found if event.pk > subscription.last]
    if batch:
        subscription.last = batch[-1].pk
    if batch or even_if_empty:
        _put(subscription, batch)


def _put(subscription: Subscription, batch: list[Event] | None) -> None:
    try:
        subscription.loop.call_soon_threadsafe(subscription.queue.put_nowait, batch)
    except RuntimeError:  # its loop is closed: the server is stopping
        TAIL.unsubscribe(subscription)


TAIL = Tail()
