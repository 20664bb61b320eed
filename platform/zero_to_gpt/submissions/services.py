"""Everything that changes a draft or a submission. Nobody else writes these rows.

The database is the queue and Celery only the bell. Every transition is one conditional UPDATE; what
a worker records counts only while its attempt still holds the submission. Times are the database's.
"""

from __future__ import annotations

import dataclasses
import datetime
import logging
import secrets
from collections.abc import Sequence
from typing import Any, ClassVar

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now

from grader.exercise import folder as grading
from grader.grading.job import Event as Happened
from grader.verdict import Kind, State, Verdict
from zero_to_gpt.accounts.models import User
from zero_to_gpt.catalog import stock
from zero_to_gpt.catalog.models import Exercise, Revision
from zero_to_gpt.celery import app
from zero_to_gpt.cohorts.models import Invitation
from zero_to_gpt.fleet import alive, clock
from zero_to_gpt.submissions import pieces, queues, solutions
from zero_to_gpt.submissions.models import (
    NOT_GRADED,
    Draft,
    Event,
    EventKind,
    OpenedSolution,
    ProbeResult,
    Queue,
    Submission,
)
from zero_to_gpt.submissions.packing import storable

log = logging.getLogger(__name__)

MOST_ATTEMPTS = 3
RING_AGAIN_AFTER = datetime.timedelta(seconds=10)
RING_AT_MOST = 50
SUBMITS_IN_FLIGHT = 5
LAST_EVENTS = frozenset({EventKind.GRADED, EventKind.CANCELLED, EventKind.BROKEN})
"""After one of these the stream ends."""


class Refused(Exception):
    """A request that cannot be taken. `text` is for the person, `code` and `status` (HTTP's) for programs."""

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 400

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class SourceTooLarge(Refused):
    code = "source_too_large"
    status = 413


class UnreadableSource(Refused):
    code = "unreadable_source"
    status = 422


class NotReady(Refused):
    code = "not_ready"
    status = 409


class RevisionChanged(Refused):
    code = "revision_changed"
    status = 409

    def __init__(self, current: Revision) -> None:
        super().__init__(
            "This exercise changed since you opened it. Reload to see the new text; your code is kept."
        )
        self.current = current


class SolutionClosed(Refused):
    code = "solution_closed"


class PieceMissing(Refused):
    code = "piece_missing"
    status = 409


class TooFast(Refused):
    code = "too_fast"
    status = 429

    def __init__(self, text: str, retry_after: int) -> None:
        super().__init__(text)
        self.retry_after = retry_after


def submit(
    *,
    user: User,
    exercise: Exercise,
    kind: Kind,
    source: str,
    idempotency_key: str,
    revision: str = "",
    only: str = "",
) -> Submission:
    """Take a Run or a Submit. The same key gives the same row. Raises a subclass of Refused.

    `revision` is the digest that the page was made with; empty means "whatever is current". `only` names the
    one visible check that a Run asks; a name that no visible check has asks them all.
    """
    same = Submission.objects.filter(user=user, idempotency_key=idempotency_key).only("state")
    if known := same.first():
        return known
    current = exercise.current
    if current is None or not exercise.published:
        raise NotReady("This exercise is not open.")
    _check_source(source)
    if revision and revision != current.digest:
        raise RevisionChanged(current)
    if not current.ready:
        if current.preparing_failed:
            raise NotReady(
                "This exercise is not open yet: something in it needs its author. We have been told."
            )
        if lacking := current.waits_for:
            raise NotReady(f"{lacking} This exercise opens by itself when it is there.")
        raise NotReady("This exercise is still being prepared. It opens by itself in a moment.")
    earlier = pieces.choices(user, exercise, current)
    if lacking := pieces.lacking(earlier):
        raise PieceMissing(lacking)
    with transaction.atomic():
        # One person's requests go one after the other: double clicks, pace and "the newer Run wins".
        if connection.features.has_select_for_update:  # SQLite has one writer at a time as it is
            User.objects.select_for_update(no_key=True).only("pk").get(pk=user.pk)
        if known := same.first():
            return known
        _check_pace(user, kind)
        if kind is Kind.RUN:
            for older in Submission.objects.active().filter(user=user, kind=Kind.RUN):
                cancel(submission=older, newer=True)
        now = clock.now()
        submission = Submission.objects.create(
            user=user,
            exercise=exercise,
            revision=current,
            kind=kind,
            only=only if kind is Kind.RUN else "",
            source=source,
            pieces=pieces.pinned(earlier),
            idempotency_key=idempotency_key,
            queue=queues.queue_for(current, Queue.CPU),
            created=now,
            queued_at=now,
            rung_at=now,
        )
        told: dict[str, Any] = {"before": place_in_queue(submission)}
        if waits := submission.waits:
            told["waits"] = waits
        Event.objects.create(submission=submission, kind=EventKind.QUEUED, data=told)
        transaction.on_commit(lambda: ring_bell(submission))
    return submission


def _check_source(source: str) -> None:
    try:
        size = len(source.encode("utf-8"))
    except UnicodeEncodeError:
        raise UnreadableSource("The code is not valid UTF-8 text. Save the file as UTF-8.") from None
    if size > settings.SOURCE_LIMIT_BYTES:
        raise SourceTooLarge(
            f"The code is {size // 1024} kB long; the limit is {settings.SOURCE_LIMIT_BYTES // 1024} kB. "
            "Is a data file pasted in? This did not count as an attempt."
        )
    if "\0" in source:
        raise UnreadableSource("The code contains a NUL character, which Python cannot read.")


def _check_pace(user: User, kind: Kind) -> None:
    """At most so many Runs or Submits in a minute, and so many Submits waiting at once."""
    allowed = settings.RUNS_PER_MINUTE if kind is Kind.RUN else settings.SUBMITS_PER_MINUTE
    now = clock.now()
    minute = datetime.timedelta(minutes=1)
    mine = Submission.objects.filter(user=user, kind=kind)
    recent = mine.filter(created__gt=now - minute).order_by("-created").values_list("created", flat=True)
    for oldest in recent[allowed - 1 : allowed]:
        wait = max(1, round((oldest + minute - now).total_seconds()))
        raise TooFast(f"That was {allowed} times within a minute. The next is possible in {wait} s.", wait)
    if kind is Kind.SUBMIT and mine.active().count() >= SUBMITS_IN_FLIGHT:
        raise TooFast(
            f"{SUBMITS_IN_FLIGHT} submissions of yours are still being graded. Wait for one of them.", 5
        )


def place_in_queue(submission: Submission) -> int:
    """How many wait before this one."""
    return Submission.objects.filter(
        state=State.QUEUED, queue=submission.queue, queued_at__lt=submission.queued_at
    ).count()


def ring_bell(submission: Submission) -> None:
    """Tell some worker that there is something to claim. A lost message is repeated by the reaper."""
    try:
        app.send_task("submissions.grade", args=[submission.pk], queue=submission.queue, retry=False)
    except Exception:  # any broker may fail in its own way; the row is safe
        log.warning("could not ring for submission %s; the reaper will", submission.pk, exc_info=True)


def claim(*, submission_id: int, worker: str, gpu: bool = False) -> Submission | None:
    """Take a queued submission for `worker`, or None if somebody else has it or comes before it.

    `gpu`: the worker has a slice for it; without one nothing is taken that waits for a GPU.
    """
    if _others_first(submission_id):
        return None
    waiting = Submission.objects.filter(pk=submission_id, state=State.QUEUED)
    with transaction.atomic():
        taken = (waiting if gpu else waiting.exclude(queue=Queue.GPU)).update(
            state=State.RUNNING,
            attempt=F("attempt") + 1,
            worker=worker,
            claimed_at=Now(),
            lease_until=Now() + lease(),
        )
        if not taken:
            return None
        claimed = Submission.objects.select_related("revision__exercise").defer(*NOT_GRADED)
        submission = claimed.get(pk=submission_id)
        turn = submission.attempt - submission.attempts_before
        Event.objects.create(submission=submission, kind=EventKind.RUNNING, data={"attempt": turn})
    return submission


def _others_first(submission_id: int) -> bool:
    """Whether its person has one running already while somebody who has none waits.

    Otherwise one person who hands in what takes long would hold every slot. It is rung for again when
    something ends.
    """
    waits = Submission.objects.filter(pk=submission_id, state=State.QUEUED)
    running = Submission.objects.filter(state=State.RUNNING)
    row = waits.filter(user__in=running.order_by().values("user")).order_by().values_list("user", "queue")
    user, queue = row.first() or (None, "")
    if user is None:
        return False
    waiting = Submission.objects.filter(state=State.QUEUED, queue=queue).exclude(user_id=user)
    if not waiting.exclude(user_id__in=running.values("user_id")).exists():
        return False
    Submission.objects.filter(pk=submission_id, state=State.QUEUED).update(rung_at=Now() - RING_AGAIN_AFTER)
    return True


def _ring_for_the_next(submission_id: int) -> None:
    """Something ended: whoever was passed over, or waits for long, may be next."""
    queue = Submission.objects.filter(pk=submission_id).values("queue")[:1]
    waiting = Submission.objects.filter(
        state=State.QUEUED, queue__in=queue, rung_at__lte=Now() - RING_AGAIN_AFTER
    )
    following = waiting.order_by("queued_at").first()
    if following is not None and waiting.filter(pk=following.pk).update(rung_at=Now()):
        ring_bell(following)


def lease() -> datetime.timedelta:
    return datetime.timedelta(seconds=settings.LEASE_SECONDS)


def renew(*, submission_id: int, attempt: int) -> bool:
    """Prolong the lease. False: this attempt no longer holds the submission (stopped, or reaped)."""
    return bool(_held(submission_id, attempt).update(lease_until=Now() + lease()))


def still_held(*, submission_id: int, attempt: int) -> bool:
    return bool(_held(submission_id, attempt).exists())


def take_instances(
    *, submission_id: int, attempt: int, exercise: grading.Exercise, box_digest: str
) -> dict[str, tuple[str, ...]] | None:
    """The hidden instances that this submission is asked; None if the attempt lost its hold.

    Taken once and recorded: every attempt, on whichever worker, asks the same. Another version of the
    exercise asks anew.
    """
    with transaction.atomic():
        held = _held(submission_id, attempt)
        submission = held.select_for_update().only("user_id", "exercise_id", "instances").first()
        if submission is None:
            return None
        if submission.instances.get("grading_digest") == exercise.grading_digest:
            return {name: tuple(seeds) for name, seeds in submission.instances["seeds"].items()}
        seeds = stock.take(exercise, box_digest, lambda: _asked(submission, exercise.grading_digest))
        taken = {"grading_digest": exercise.grading_digest, "seeds": seeds}
        held.update(instances=taken)
    return seeds


def _asked(submission: Submission, grading_digest: str) -> dict[str, set[str]]:
    """Of each hidden probe the seeds that this submission's person was asked in this exercise."""
    mine = Submission.objects.filter(user=submission.user_id, exercise=submission.exercise_id)
    seen: dict[str, set[str]] = {}
    for taken in mine.exclude(instances={}).values_list("instances", flat=True):
        if taken.get("grading_digest") == grading_digest:
            for name, seeds in taken["seeds"].items():
                seen.setdefault(name, set()).update(seeds)
    return seen


def record_events(*, submission_id: int, attempt: int, events: Sequence[Happened]) -> bool:
    """Record what happened, in order, if this attempt still holds the submission."""
    with transaction.atomic():
        # The UPDATE comes first: its row lock makes event ids grow in the order of events.
        if not renew(submission_id=submission_id, attempt=attempt):
            return False
        _insert_events(submission_id, events)
    return True


def record_verdict(
    *,
    submission_id: int,
    attempt: int,
    verdict: Verdict,
    events: Sequence[Happened] = (),
    phases: dict[str, float] | None = None,
) -> bool:
    """Verdict, results and the last event in one transaction; nothing if the attempt lost its hold."""
    data = storable(verdict.for_staff())
    with transaction.atomic():
        recorded = _held(submission_id, attempt).update(
            state=State.GRADED,
            word=verdict.word.value,
            message=data["message"],
            points=verdict.points,
            possible=verdict.possible,
            verdict=data,
            phases=verdict.phases | (phases or {}),
            lease_until=None,
            finished_at=Now(),
        )
        if not recorded:
            return False
        if attempt > 1:  # of an earlier grading
            ProbeResult.objects.filter(submission_id=submission_id).delete()
        ProbeResult.objects.bulk_create(
            ProbeResult(
                submission_id=submission_id,
                name=probe.name,
                task=probe.task,
                visible=probe.visible,
                word=probe.word.value,
                kind=probe.kind.value if probe.kind else "",
                points=probe.points,
                seconds=probe.seconds,
            )
            for probe in verdict.probes
        )
        last = Happened(
            EventKind.GRADED,
            {"word": verdict.word.value, "points": verdict.points, "possible": verdict.possible},
        )
        _insert_events(submission_id, [*events, last])
        transaction.on_commit(lambda: _ring_for_the_next(submission_id))
    return True


def cancel(*, submission: Submission, newer: bool = False) -> bool:
    """Stop a queued or running submission. The worker notices and destroys its box.

    `newer`: because a newer Run takes its place, which may have been started in another tab.
    """
    with transaction.atomic():
        stopped = (
            Submission.objects.active()
            .filter(pk=submission.pk)
            .update(state=State.CANCELLED, lease_until=None, finished_at=Now())
        )
        if stopped:
            _insert_events(submission.pk, [Happened(EventKind.CANCELLED, {"newer": True} if newer else {})])
            transaction.on_commit(lambda: _ring_for_the_next(submission.pk))
    return bool(stopped)


def release(
    *, submission_id: int, attempt: int, reason: str, expired: bool = False, why: str = "fault"
) -> bool:
    """An attempt failed through our fault: back to the queue, or `broken` after the last attempt.

    `expired`: only if its lease has run out, by the database's clock, in the moment of the change. `why`
    is for its page: "fault", "worker" (it went away) or "deploy" (it was asked to end; that is no attempt).
    """
    held = _held(submission_id, attempt)
    if expired:
        held = held.filter(lease_until__lt=Now())
    before = held.values_list("attempts_before", flat=True).first()
    if before is None:
        return False
    turn = attempt - before
    planned = int(why == "deploy")
    if turn >= MOST_ATTEMPTS and not planned:
        return _break(held, submission_id, turn, reason)
    with transaction.atomic():
        passed_on = {"worker": "", "attempts_before": F("attempts_before") + planned}
        if not held.update(state=State.QUEUED, lease_until=None, rung_at=Now(), **passed_on):
            return False
        _insert_events(submission_id, [Happened(EventKind.REQUEUED, {"attempt": turn, "why": why})])
        submission = Submission.objects.get(pk=submission_id)
        transaction.on_commit(lambda: ring_bell(submission))
    log.warning("submission %s returned to the queue after attempt %s: %s", submission_id, turn, reason)
    return True


def _break(held: Any, submission_id: int, turn: int, reason: str) -> bool:
    support_code = secrets.token_hex(4)
    with transaction.atomic():
        broken = held.update(
            state=State.BROKEN, lease_until=None, finished_at=Now(), support_code=support_code
        )
        if not broken:
            return False
        _insert_events(submission_id, [Happened(EventKind.BROKEN, {"support_code": support_code})])
        transaction.on_commit(lambda: _ring_for_the_next(submission_id))
    log.error(
        "submission %s is broken (ref %s) after %s attempts: %s", submission_id, support_code, turn, reason
    )
    return True


def release_held_by(worker: str) -> int:
    """Return what a worker held that has ended, at once."""
    held = Submission.objects.filter(state=State.RUNNING, worker=worker)
    return sum(
        release(submission_id=pk, attempt=attempt, reason=f"{worker} has ended", why="worker")
        for pk, attempt in held.values_list("pk", "attempt")
    )


def release_expired() -> int:
    """The reaper: return what silent workers held, and ring again for what has waited long.

    Every worker process looks again and again; of several that see the same row one changes it.
    """
    running = Submission.objects.filter(state=State.RUNNING)
    held = running.values_list("pk", "attempt", "worker")
    released = 0
    for submission_id, attempt, worker in held.filter(lease_until__lt=Now()):
        released += release(
            submission_id=submission_id,
            attempt=attempt,
            reason=f"no sign of life from {worker}",
            expired=True,
            why="worker",
        )
    gone = set(filter(alive.is_gone, running.values_list("worker", flat=True).distinct()))
    released += sum(map(release_held_by, gone))
    for submission in queues.go_without_gpu():
        ring_bell(submission)
    waiting = Submission.objects.filter(state=State.QUEUED, rung_at__lt=Now() - RING_AGAIN_AFTER)
    for submission in waiting.only("queue", "rung_at").order_by("queued_at")[:RING_AT_MOST]:
        if Submission.objects.filter(pk=submission.pk, rung_at=submission.rung_at).update(rung_at=Now()):
            ring_bell(submission)
    return released


def regrade(*, submission: Submission, by: User) -> bool:
    """Grade a finished Submit again, against the exercise's current revision. False if it cannot be: it is
    not finished, or the exercise uses since then what its person has not passed."""
    current = submission.exercise.current
    earlier = pieces.pinned_again(submission, current) if current is not None else None
    if current is None or earlier is None:
        return False
    finished = [State.GRADED, State.BROKEN]
    with transaction.atomic():
        again = Submission.objects.filter(
            pk=submission.pk, kind=Kind.SUBMIT, state__in=finished, attempt=submission.attempt
        ).update(
            state=State.QUEUED,
            word="",
            support_code="",
            attempts_before=F("attempt"),
            revision=current,
            pieces=earlier,
            queue=queues.queue_for(current, Queue.REGRADE),
            finished_at=None,
            queued_at=Now(),
            rung_at=Now(),
        )
        if not again:
            return False
        before = {"word": submission.word, "points": submission.points}
        _insert_events(submission.pk, [Happened(EventKind.REQUEUED, {"regrade": before})])
        submission.refresh_from_db()
        transaction.on_commit(lambda: ring_bell(submission))
    log.info("submission %s is graded again: person %s asked for it", submission.pk, by.pk)
    return True


def open_solution(*, user: User, exercise: Exercise) -> solutions.Access:
    """Show the solution to somebody who may see it now; before they passed it, that is recorded.

    Raises SolutionClosed.
    """
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        found = solutions.access(user, exercise)
        if found.shown:
            return found
        if not found.offered or exercise.current is None:
            raise SolutionClosed(
                f"The solution opens when you have passed this exercise, or after {solutions.HONEST_TRIES} "
                f"honest tries. You have made {found.tries}."
            )
        opened = OpenedSolution.objects.create(
            user=user, exercise=exercise, revision=exercise.current, tries=found.tries, opened=clock.now()
        )
    log.info("person %s opened the solution of %s after %s tries", user.pk, exercise.name, found.tries)
    return dataclasses.replace(found, opened=opened)


def forget(*, user: User) -> None:
    """Delete a person and all that is theirs: drafts, submissions and their events, memberships, tokens.

    Raises Refused for the last person who runs the site.
    """
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        others = User.objects.filter(is_staff=True, is_active=True).exclude(pk=user.pk)
        if user.is_staff and not others.exists():
            raise Refused("You are the only one who runs this site. Give somebody else that right first.")
        for submission in Submission.objects.active().filter(user=user):
            cancel(submission=submission)  # so that no worker writes about it from here on
        Invitation.objects.filter(email=user.email.lower()).delete()
        user.delete()
    log.info("a person deleted their account")


def draft_for(*, user: User, exercise: Exercise) -> Draft | None:
    return Draft.objects.filter(user=user, exercise=exercise).first()


def save_draft(
    *, user: User, exercise: Exercise, source: str, revision: str = "", version: int | None = None
) -> Draft:
    """Keep what stands in the editor; the newest wins. Raises SourceTooLarge or UnreadableSource.

    `version` is the one this tab saw last. If another tab saved since, its text is kept in `previous`.
    """
    _check_source(source)
    now = clock.now()
    with transaction.atomic():
        draft, made = Draft.objects.select_for_update().get_or_create(
            user=user,
            exercise=exercise,
            defaults={"source": source, "revision": revision, "updated": now},
        )
        if made:
            return draft
        if version is not None and version != draft.version and draft.source != source:
            draft.previous = draft.source
        draft.source = source
        draft.revision = revision or draft.revision
        draft.version += 1
        draft.updated = now
        draft.save()
    return draft


def _held(submission_id: int, attempt: int) -> Any:
    """The row, if this attempt holds it."""
    return Submission.objects.filter(pk=submission_id, attempt=attempt, state=State.RUNNING)


def _insert_events(submission_id: int, events: Sequence[Happened]) -> None:
    Event.objects.bulk_create(
        Event(submission_id=submission_id, kind=event.kind, data=storable(event.data)) for event in events
    )
