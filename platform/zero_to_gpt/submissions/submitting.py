"""What people do with submissions: hand one in, stop it, have it graded again.

The database is the queue and Celery only the bell. Every transition is one conditional UPDATE. Times are
the database's.
"""

from __future__ import annotations

import datetime
import logging
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import F, Sum
from django.db.models.functions import Length, Now

from grader.grading.job import Event as Happened
from grader.verdict import Kind, State, Word
from zero_to_gpt.accounts.models import DeedKind, User
from zero_to_gpt.accounts.record import note
from zero_to_gpt.catalog.models import Exercise
from zero_to_gpt.fleet import clock
from zero_to_gpt.submissions import bell, pieces, queues, recording
from zero_to_gpt.submissions.models import ACTIVE, Event, EventKind, Queue, Submission
from zero_to_gpt.submissions.recording import insert_events
from zero_to_gpt.submissions.refusals import (
    AskedByOthers,
    Gone,
    NotReady,
    PieceMissing,
    RevisionChanged,
    TooFast,
)
from zero_to_gpt.submissions.sources import check_source

log = logging.getLogger(__name__)

SUBMITS_IN_FLIGHT = 5
LARGE_SIGNS = 16_000
"""A longer program is looked at more closely: nobody writes many such, and a Submit is kept for ever."""
SIGNS_A_DAY = 50_000_000


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
    check_source(source)
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

    def insert() -> Submission:
        with transaction.atomic():
            # One person's requests go one after the other: double clicks, pace and "the newer Run wins".
            if connection.features.has_select_for_update:  # SQLite has one writer at a time as it is
                User.objects.select_for_update(no_key=True).only("pk").get(pk=user.pk)
            if known := same.first():
                return known
            _check_pace(user, kind, len(source))
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
            transaction.on_commit(lambda: bell.ring(submission))
        return submission

    try:
        return insert()
    except (User.DoesNotExist, IntegrityError):
        if User.objects.filter(pk=user.pk).exists():
            raise
        raise Gone("This account was deleted meanwhile. Nothing was handed in.") from None


def _check_pace(user: User, kind: Kind, size: int) -> None:
    """At most so many Runs or Submits in a minute, so many Submits waiting, and so much text in a day."""
    allowed = settings.RUNS_PER_MINUTE if kind is Kind.RUN else settings.SUBMITS_PER_MINUTE
    now = clock.now()
    minute = datetime.timedelta(minutes=1)
    mine = Submission.objects.filter(user=user, kind=kind)
    recent = mine.filter(created__gt=now - minute).order_by("-created").values_list("created", flat=True)
    for oldest in recent[allowed - 1 : allowed]:
        wait = max(1, round((oldest + minute - now).total_seconds()))
        raise TooFast(f"That was {allowed} times within a minute. The next is possible in {wait} s.", wait)
    own = mine.active().filter(attempts_before=0)  # what is graded again was not their wish
    if kind is Kind.SUBMIT and own.count() >= SUBMITS_IN_FLIGHT:
        raise TooFast(
            f"{SUBMITS_IN_FLIGHT} submissions of yours are still being graded. Wait for one of them.", 5
        )
    if size > LARGE_SIGNS:
        today = Submission.objects.filter(user=user, created__gt=now - datetime.timedelta(days=1))
        kept = today.aggregate(signs=Sum(Length("source")))["signs"] or 0
        if kept + size > SIGNS_A_DAY:
            raise TooFast(
                f"{SIGNS_A_DAY // 1_000_000} MB of programs in a day are the limit, and these would be more. "
                f"One of up to {LARGE_SIGNS // 1000} kB is always taken. Is a data file pasted in?",
                3600,
            )


def place_in_queue(submission: Submission) -> int:
    """How many wait before this one."""
    return Submission.objects.filter(
        state=State.QUEUED, queue=submission.queue, queued_at__lt=submission.queued_at
    ).count()


def may_stop(*, submission: Submission, by: User) -> bool:
    """Whether there is something to stop and this person may: their own, and for staff all.

    What a teacher has graded again is not for its learner to stop, who would choose between two verdicts.
    """
    if submission.finished or not (by.is_staff or by.pk == submission.user_id):
        return False
    return by.is_staff or not recording.is_graded_again(submission.pk)


def stop(*, submission: Submission, by: User) -> bool:
    """Stop one's own submission, or for staff anybody's; False if it had ended. Raises AskedByOthers."""
    if not submission.finished and not may_stop(submission=submission, by=by):
        raise AskedByOthers("Your instructor has this graded again. That cannot be stopped here.")
    return cancel(submission=submission)


def cancel(*, submission: Submission, newer: bool = False) -> bool:
    """Stop a queued or running submission. The worker notices and destroys its box.

    What was being graded again has its earlier verdict back. `newer`: because a newer Run takes its place,
    which may have been started in another tab.
    """
    with transaction.atomic():
        if recording.restore(Submission.objects.active().filter(pk=submission.pk), submission.pk):
            return True
        stopped = (
            Submission.objects.active()
            .filter(pk=submission.pk)
            .update(state=State.CANCELLED, lease_until=None, finished_at=Now())
        )
        if stopped:
            insert_events(submission.pk, [Happened(EventKind.CANCELLED, {"newer": True} if newer else {})])
            transaction.on_commit(lambda: bell.ring_for_the_next(submission.pk))
    return bool(stopped)


def cancel_all(*, user: User, **_: object) -> None:
    """Stop all that waits or runs of somebody who leaves, so that no worker writes about it from here on.

    Without events, which go with it; who was passed over is rung for by the workers' own look.
    """
    active = Submission.objects.active().filter(user=user)
    active.update(state=State.CANCELLED, lease_until=None, finished_at=Now())


def regrade(*, submission: Submission, by: User) -> bool:
    """Grade a finished Submit again, against the exercise's current revision. False if it cannot be: it is
    not finished, or the exercise uses since then what its person has not passed."""
    again = _grade_again(submission, by)
    if again:
        note(DeedKind.REGRADED, who=by, whom=submission.user, about=submission.exercise.name)
    return again


def _grade_again(submission: Submission, by: User) -> bool:
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
        before = {"word": submission.word, "points": submission.points, "possible": submission.possible}
        kept = {"revision_id": submission.revision_id, "pieces": submission.pieces}
        insert_events(submission.pk, [Happened(EventKind.REQUEUED, {"regrade": before, **kept})])
        submission.refresh_from_db()
        transaction.on_commit(lambda: bell.ring(submission))
    log.info("submission %s is graded again: person %s asked for it", submission.pk, by.pk)
    return True


def outdated(*, users: Iterable[int], exercise: Exercise) -> list[int]:
    """Of each of these people's newest Submits what another version of the exercise than the current one did
    not pass, where its person never passed. What passed stays as it is: nobody loses a pass."""
    current = exercise.current.grading_digest if exercise.current else ""
    theirs = Submission.objects.filter(user__in=users, exercise=exercise, kind=Kind.SUBMIT)
    counting = theirs.filter(state__in=[State.GRADED, *ACTIVE]).order_by("pk")
    newest: dict[int, int | None] = {}
    passed = set()
    rows = counting.values_list("user_id", "pk", "state", "word", "revision__grading_digest")
    for user, pk, state, word, digest in rows:
        newest[user] = pk if state == State.GRADED and digest != current else None
        if word == Word.PASSED:
            passed.add(user)
    return [pk for user, pk in newest.items() if pk is not None and user not in passed]


def regrade_outdated(*, users: Iterable[int], exercise: Exercise, by: User) -> int:
    """Grade all of those again; how many that were."""
    chosen = Submission.objects.filter(pk__in=outdated(users=users, exercise=exercise))
    waiting = chosen.select_related("exercise__current", "user").order_by("pk")
    count = sum(_grade_again(each, by) for each in waiting)
    if count:
        note(DeedKind.REGRADED, who=by, about=exercise.name, detail=f"{count} students at once")
    return count
