"""Who holds a submission: the worker that claimed it, as long as its lease is renewed.

Every change is one conditional UPDATE, and times are the database's: of several workers that want the same
row one gets it, and a clock that goes wrong takes nothing from anybody.
"""

from __future__ import annotations

import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from grader.verdict import State
from zero_to_gpt.submissions import bell
from zero_to_gpt.submissions.models import NOT_GRADED, Event, EventKind, Queue, Submission


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
    something ends. What is graded again was not their wish, and does not count.
    """
    running = Submission.objects.filter(state=State.RUNNING).exclude(queue=Queue.REGRADE)
    busy = set(running.order_by().values_list("user", flat=True))  # at most one for each slot
    if not busy:
        return False
    waits = Submission.objects.filter(pk=submission_id, state=State.QUEUED, user__in=busy)
    queue = waits.values_list("queue", flat=True).first()
    if queue is None:
        return False
    if not Submission.objects.filter(state=State.QUEUED, queue=queue).exclude(user__in=busy).exists():
        return False
    Submission.objects.filter(pk=submission_id, state=State.QUEUED).update(
        rung_at=Now() - bell.RING_AGAIN_AFTER
    )
    return True


def lease() -> datetime.timedelta:
    return datetime.timedelta(seconds=settings.LEASE_SECONDS)


def renew(*, submission_id: int, attempt: int) -> bool:
    """Prolong the lease. False: this attempt no longer holds the submission (stopped, or reaped)."""
    return bool(held_by(submission_id, attempt).update(lease_until=Now() + lease()))


def still_held(*, submission_id: int, attempt: int) -> bool:
    return bool(held_by(submission_id, attempt).exists())


def held_by(submission_id: int, attempt: int) -> Any:
    """The row, if this attempt holds it."""
    return Submission.objects.filter(pk=submission_id, attempt=attempt, state=State.RUNNING)
