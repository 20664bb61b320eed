"""One claimed submission, driven to its verdict by this worker's boxes.

Ties the grader (which knows no database) to the services (which know no boxes). A failure of ours
gives the submission back to the queue; nothing of it reaches the learner but that it happened.
"""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import logging
import threading
import time
from contextlib import nullcontext
from types import TracebackType

from django.conf import settings

from grader.exercise.folder import Exercise
from grader.grading import session
from grader.grading.job import Event as Happened
from grader.grading.job import whole_seconds
from grader.sandbox.clock import MOST_TIMES
from grader.sandbox.devices import Lease, placed
from grader.sandbox.pool import Pool
from grader.verdict import Kind, Verdict
from zero_to_gpt.catalog import stock
from zero_to_gpt.catalog.services import STORE, ensure_expected, graded_by
from zero_to_gpt.fleet import boxes
from zero_to_gpt.fleet.watch import Watch
from zero_to_gpt.submissions import leasing, pieces, recording, releasing
from zero_to_gpt.submissions.models import Submission

log = logging.getLogger(__name__)

FLUSH_SECONDS = 0.05
WATCH_SECONDS = 0.25
FINISH_SECONDS = 4.0
"""How long what is graded may go on once this worker was asked to end; then another one takes it."""
WAIT_SECONDS = 300.0
"""For a box, and for values that are made first."""

_left: list[float] = []
"""When this worker was asked to end."""


def leave() -> None:
    """This worker was asked to end. Called from a signal handler: it only takes note."""
    _left.append(time.monotonic())


def leaving() -> bool:
    return bool(_left)


def longest_seconds(exercise: Exercise) -> float:
    """After so long no grading of an exercise goes on: it hangs, through a fault of ours."""
    charged = exercise.limits.seconds + 2 * whole_seconds(exercise, 1.0)
    return MOST_TIMES * charged + WAIT_SECONDS


def grade(submission: Submission, lease: Lease | None = None) -> None:
    """Grade what `leasing.claim` returned, on a slice of a GPU if one was leased for it. Never raises: our
    faults go back to the queue."""
    with Hold(submission) as hold:
        try:
            _grade(submission, hold, lease)
            if hold.given_up:
                releasing.release(
                    submission_id=submission.pk,
                    attempt=submission.attempt,
                    reason=hold.given_up,
                    why="deploy" if leaving() else "fault",
                )
        except Exception as fault:  # T7: whatever fails here is ours, not the learner's
            log.exception("attempt %s at submission %s failed", submission.attempt, submission.pk)
            releasing.release(
                submission_id=submission.pk,
                attempt=submission.attempt,
                reason=f"{type(fault).__name__}: {fault}",
            )


def _grade(submission: Submission, hold: Hold, lease: Lease | None) -> None:
    claimed = time.monotonic()
    pool = boxes.pool()
    ensure_expected(revision=submission.revision, pool=pool)
    exercise = graded_by(submission.revision)
    hold.expect(longest_seconds(exercise))
    job = session.Job(
        exercise=exercise,
        source=submission.source,
        kind=Kind(submission.kind),
        only=submission.only,
        using=pieces.using(submission),
        seed_key=seed_key(submission.pk),
        draw=lambda: _instances(submission, pool),
    )
    prepared = time.monotonic() - claimed
    with nullcontext() if lease is None else placed(lease, pool.run):
        for event in session.grade(job, pool=pool, store=STORE, cancelled=hold.lost):
            if isinstance(event, session.Cancelled):
                return
            if isinstance(event, session.Graded):
                began = time.monotonic()
                queued = (submission.claimed_at or submission.queued_at) - submission.queued_at
                recording.record_verdict(
                    submission_id=submission.pk,
                    attempt=submission.attempt,
                    verdict=event.verdict if lease is None else graded_on(lease, event.verdict),
                    events=hold.unrecorded(),
                    phases={
                        "queued": round(queued.total_seconds(), 6),
                        "claimed": round(prepared, 6),
                    },
                )
                log.debug("recorded submission %s in %.4f s", submission.pk, time.monotonic() - began)
                return
            hold.happened(event)


def graded_on(lease: Lease, verdict: Verdict) -> Verdict:
    """The verdict with the device on which the learner's code ran, and what its boxes were."""
    sandbox = lease.slices.devices.sandbox or verdict.sandbox
    return dataclasses.replace(verdict, device=lease.slice.name, sandbox=sandbox)


def _instances(submission: Submission, pool: Pool) -> dict[str, tuple[str, ...]]:
    """The hidden instances of this submission, with all that is known of them in the store."""
    exercise = graded_by(submission.revision)
    for _ in range(stock.RETRIES):
        try:
            seeds = recording.take_instances(
                submission_id=submission.pk,
                attempt=submission.attempt,
                exercise=exercise,
                box_digest=pool.backend.box_digest(exercise.profile),
            )
            break
        except stock.NoneLeft:
            stock.make_open(exercise, pool, STORE)
    else:
        raise session.GraderFault(f"{exercise.id}: others took every instance that was made")
    if seeds is None:
        raise session.GraderFault("the submission is not ours any more")
    lacking = [p.name for p in exercise.probes if not p.visible and len(seeds.get(p.name, ())) < p.seeds]
    if lacking:
        raise session.GraderFault(f"{exercise.id}: there are no instances of {', '.join(lacking)}")
    stock.complete(exercise, pool, STORE, seeds)  # an earlier attempt's may have been retired since
    return seeds


def seed_key(submission_id: int) -> bytes:
    """Seeds the random streams of a submission's box: the same for every attempt, and not to be guessed."""
    return hmac.new(settings.SECRET_KEY.encode(), f"seeds {submission_id}".encode(), hashlib.sha256).digest()


class Hold:
    """While it is entered the submission stays ours: the lease is renewed, a loss is noticed.

    The lease lives as long as this thread and the grading do: it is renewed whether or not anything happens,
    and no longer once the grading takes more time than it can.

    Events are recorded together when they come fast, at the latest a quarter of a second later.
    """

    def __init__(self, submission: Submission) -> None:
        self._id, self._attempt = submission.pk, submission.attempt
        self._events: list[Happened] = []
        self._recorded_at = self._renewed_at = time.monotonic()
        self._until = float("inf")
        self.given_up = ""
        """Why we stop grading it ourselves, if we do."""
        self._lock = threading.Lock()
        self._ended = False
        self._lost = threading.Event()
        self._watch = Watch(self._look, every=WATCH_SECONDS)

    def __enter__(self) -> Hold:
        self._watch.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._watch.__exit__(kind, error, trace)

    def lost(self) -> bool:
        """Whether somebody stopped the submission or took it from us."""
        return self._lost.is_set()

    def expect(self, seconds: float) -> None:
        """It ends within so many seconds from now, or hangs: then the lease is no longer renewed."""
        self._until = time.monotonic() + seconds

    def happened(self, event: Happened) -> None:
        with self._lock:
            last = self._events[-1] if self._events else None
            if event.kind == "output" and last is not None and last.kind == "output":  # one row, not many
                joined = last.data["text"] + event.data["text"]
                self._events[-1] = Happened("output", {"text": joined})
            else:
                self._events.append(event)
            if time.monotonic() - self._recorded_at >= FLUSH_SECONDS:
                self._record()

    def unrecorded(self) -> list[Happened]:
        """The events that the verdict's own transaction records; nothing is recorded here after this."""
        with self._lock:
            events, self._events = self._events, []
            self._ended = True
            return events

    def _record(self) -> None:
        events, self._events = self._events, []
        self._recorded_at = self._renewed_at = time.monotonic()
        if not recording.record_events(submission_id=self._id, attempt=self._attempt, events=events):
            self._lost.set()

    def _gives_up(self) -> bool:
        now = time.monotonic()
        if _left and now > _left[0] + FINISH_SECONDS:
            self.given_up = "this worker was asked to end"
        elif now > self._until:
            self.given_up = "the grading did not end"
        if self.given_up:
            self._lost.set()  # the session ends at its next look, and its boxes with it
        return bool(self.given_up)

    def _look(self) -> None:
        with self._lock:
            if self._ended or self._gives_up():
                return
            if self._events:
                self._record()
                return
            due = time.monotonic() - self._renewed_at > settings.LEASE_SECONDS / 4
            keep = leasing.renew if due else leasing.still_held
            if due:
                self._renewed_at = time.monotonic()
            if not keep(submission_id=self._id, attempt=self._attempt):
                self._lost.set()
