"""The boxes of one grading: leased, filled with the given and the learner's cells, waited for, dropped.

It runs in the caller's thread; boxes live on the pool's loop.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import hashlib
import hmac
import queue
import time
from collections.abc import Callable, Coroutine, Generator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from grader.grading import source as static
from grader.grading.job import Event, GraderFault, Job, never
from grader.grading.outcome import end_word, error_report, place_of
from grader.grading.pieces import Piece, pieces_of
from grader.grading.shown import Shown
from grader.sandbox.box import Box, BoxError, Limits
from grader.sandbox.cells import CellEnd, CellRun
from grader.sandbox.drive import Drive
from grader.sandbox.limits import default
from grader.sandbox.pool import Pool
from grader.verdict import ErrorReport, ProbeWord

T = TypeVar("T")
MOST_AGAIN = 4.0
"""How long all replays of a learner's cells may take together, in times of what the cells may take."""
COMPILE_SECONDS = 5.0
"""How long a box may take to compile a learner's text."""
PIECES_TOGETHER = 2.0
"""How long all pieces of a box may take together, in times of the longest of their own limits."""
LATE_SECONDS = 3.0
"""A box is there in milliseconds; who waits longer is told that the machine is busy."""
TIGHT_FILES_MB = 8
_NO_PYTHON = ("SyntaxError", "IndentationError", "TabError")


class Stop(Exception):
    pass


@dataclass
class Live:
    """A box in use: the drive, its box, and how the learner's own cells went in it.

    `piece`: the one that did not come to its end, so that the cells never began.
    """

    box: Box
    drive: Drive
    runs: list[CellRun]
    word: ProbeWord | None = None
    error: ErrorReport | None = None
    problem: static.SourceProblem | None = None
    piece: Piece | None = None
    used: bool = False


class Boxes:
    """What a session leases, and how long it spent there."""

    def __init__(self, job: Job, pool: Pool, cancelled: Callable[[], bool]) -> None:
        self.job = job
        self.exercise = job.exercise
        self.pieces = pieces_of(job.exercise, job.using)
        self.pool = pool
        self.cancelled = cancelled
        self.events: queue.SimpleQueue[Any] = (
            queue.SimpleQueue()
        )  # events, answers, None at the end of a wait
        self.boxes: list[Box] = []
        self.closed = False
        self.shown = Shown(self.events.put)
        self.again = 0.0  # seconds spent on executing the learner's cells once more
        self.spent = 0.0  # seconds that probes and replays took
        self.phases: dict[str, float] = {}
        self.began = time.monotonic()
        self.checked = self.began

    def close(self) -> None:
        """Kill what is left, off the path of the verdict."""
        self.closed = True
        for box in self.boxes:
            asyncio.run_coroutine_threadsafe(box.kill(), self.pool.loop)
        self.boxes.clear()

    def wait(
        self,
        coroutine: Coroutine[Any, Any, T],
        *,
        late: Event | None = None,
        answered: Callable[[Any], Generator[Event, None, None]] | None = None,
        meanwhile: Callable[[], object] = never,
    ) -> Generator[Event, None, T]:
        """Wait for work on the pool's loop, handing on events that come meanwhile.

        `meanwhile`: what to do here first, as soon as it has begun; if that raises, the work is cancelled.
        `late`: what to say when there is no box after longer than anybody expects. `answered`: what to do
        here, meanwhile, with all else that the work puts beside its events; not another wait.
        """
        until = time.monotonic() + LATE_SECONDS
        future = asyncio.run_coroutine_threadsafe(coroutine, self.pool.loop)
        end = object()  # comes after all that the work has put
        future.add_done_callback(lambda _: self.events.put(end))
        try:
            meanwhile()
        except BaseException:
            future.cancel()
            raise
        while True:
            try:
                event = self.events.get(timeout=0.2)
            except queue.Empty:
                if not future.done():
                    self.stop_if_cancelled(future)
                    if late is not None and not self.boxes and time.monotonic() > until:
                        yield late
                        late = None
                continue
            if event is end:
                return future.result()
            if not isinstance(event, Event):
                if answered is not None:
                    yield from answered(event)
            elif event.kind != "figure":
                yield event
            elif (drawn := self.shown.drawn(event)) is not None:
                yield drawn
            if not future.done():  # whoever logs without a pause can be stopped, too
                self.stop_if_cancelled(future)

    def stop_if_cancelled(self, future: Any = None) -> None:
        now = time.monotonic()
        if now - self.checked < 0.2:
            return
        self.checked = now
        if self.cancelled():
            if future is not None:
                future.cancel()
            raise Stop

    def open(
        self,
        text: str,
        memory_mb: int,
        *,
        first: bool = False,
        tight: bool = False,
        pieces: Sequence[Piece] | None = None,
        look: Callable[[], object] = never,
        meanwhile: Callable[[], object] = never,
    ) -> Generator[Event, None, Live]:
        """A fresh box with the given, the pieces and the learner's cells executed in it.

        `pieces`: others than those of the job.
        `look`: what to do here before anything is executed; if that raises, nothing is. Where no box is
        warm it comes first, for to make one is never broken off.
        `meanwhile`: what to do here while they run.
        `tight`: memory is what is asked, so files, which are memory too, and children do not add to it.
        """
        limits = self.exercise.limits
        asked = self.pool.limits or default(self.exercise.profile)
        if tight:
            asked = replace(asked, memory_mb=memory_mb, files_mb=min(asked.files_mb, TIGHT_FILES_MB))
        elif memory_mb > asked.memory_mb:
            asked = replace(asked, memory_mb=memory_mb)
        if not self.pool.is_warm(self.exercise.profile, asked):
            look()
            look = never
        inside = self.pieces if pieces is None else pieces
        seen: concurrent.futures.Future[None] = concurrent.futures.Future()

        def here() -> None:
            look()
            seen.set_result(None)
            meanwhile()

        async def there() -> Live:
            if first:
                self.events.put(Event("stage", {"stage": "starting"}))
            started = time.monotonic()
            box = await self._leased(asked)
            drive = Drive(
                box,
                output_kb=limits.output_kb,
                on_output=self.shown.say if first else None,
                on_display=self.shown.show if first else None,
            )
            leased = time.monotonic()
            if first:
                self.phases["leased"] = leased - started
            live = Live(box, drive, [])
            await self._begin(live, text, memory_mb, inside, seen, first=first)
            took = time.monotonic() - leased
            if first:
                self.phases["cells"] = took
            else:
                took = sum(run.charged for run in live.runs)
                self.again += took
                self.spent += took
            return live

        late = Event("stage", {"stage": "waiting"}) if first else None
        return (yield from self.wait(there(), late=late, meanwhile=here))

    async def _leased(self, limits: Limits) -> Box:
        """A box that `close` will kill. Where nobody waits for it any more it is killed at once."""
        box = await self.pool.lease(self.exercise.profile, limits)
        self.boxes.append(box)
        if self.closed:
            await asyncio.shield(box.kill())
            raise asyncio.CancelledError
        return box

    def again_too_long(self) -> bool:
        return self.again > MOST_AGAIN * self.exercise.limits.seconds

    async def _begin(
        self,
        live: Live,
        text: str,
        memory_mb: int,
        pieces: Sequence[Piece],
        seen: concurrent.futures.Future[None],
        *,
        first: bool,
    ) -> None:
        """Compile the learner's text, and once it was seen execute what belongs before it, and it."""
        exercise = self.exercise
        seed = int.from_bytes(hmac.new(self.job.seed_key, b"box", hashlib.sha256).digest()[:4], "big")
        drive = live.drive
        if first:
            run = await drive.compile(text, memory_mb=memory_mb, seed=seed, deadline=COMPILE_SECONDS)
            live.problem = self._not_compiled(text, run)
        else:
            await drive.limits(memory_mb=memory_mb, seed=seed)
        if not seen.done():
            await asyncio.wrap_future(seen)
        if live.problem is not None:
            return
        if first:
            self.events.put(Event("stage", {"stage": "running"}))
        if exercise.given:
            run = await drive.cell(
                exercise.given, filename="<given>", deadline=max(10.0, exercise.limits.seconds)
            )
            if end_word(run, live.box.death()) is not None:
                raise GraderFault(f"{exercise.id}: given.py did not run ({run.error or run.end})")
        left = PIECES_TOGETHER * max((piece.exercise.limits.seconds for piece in pieces), default=0.0)
        for piece in pieces:
            if not await self._made(live, piece, left):
                return
            left -= live.runs[-1].charged
        run = await drive.cell(text, deadline=exercise.limits.seconds, where=first)
        live.runs.append(run)
        live.word = end_word(run, live.box.death())
        live.error = error_report(run.error) if run.error is not None else place_of(run)

    async def _made(self, live: Live, piece: Piece, left: float) -> bool:
        """Make a piece a module of the box, in so many seconds at most; whether it came to its end."""
        used = piece.exercise
        deadline = max(min(used.limits.seconds, left), 0.05)
        showing, self.shown.showing = self.shown.showing, False  # the box is silent, if nobody meddles
        try:
            run = await live.drive.piece(
                piece.source, module=piece.module, given=used.given, deadline=deadline
            )
        finally:
            self.shown.showing = showing
        live.runs.append(run)
        live.word = end_word(run, live.box.death())
        if live.word is None:
            return True
        if not any(each.own for each in self.pieces):
            raise GraderFault(f"{used.id}: its reference did not run as a piece ({run.error or run.end})")
        live.piece = piece
        live.error = error_report(run.error) if run.error is not None else None
        return False

    def _not_compiled(self, text: str, run: CellRun) -> static.SourceProblem | None:
        """What the compiler of a box has against a text. None of it has run, so this costs no try."""
        if run.end is CellEnd.FINISHED and run.error is None:
            return None
        if run.end is CellEnd.MALFORMED:  # nobody but us has spoken in it yet
            raise BoxError("a box answered out of turn before any learner's code ran in it")
        if run.end is CellEnd.FINISHED and run.error is not None:
            if run.error.type in _NO_PYTHON:
                return static.not_compiled(text, run.error.message, run.error.line)
            if run.error.type in ("ValueError", "OverflowError"):
                return static.not_compiled(text, run.error.message, None)
        return static.too_much_to_compile(text)

    def drop(self, live: Live) -> Generator[Event, None, None]:
        if live.box in self.boxes:
            self.boxes.remove(live.box)
            yield from self.wait(live.box.kill())
