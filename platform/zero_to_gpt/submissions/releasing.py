"""How a submission leaves a worker without a verdict: back to the queue, or broken after the last attempt."""

from __future__ import annotations

import logging
import secrets
from typing import Any

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from grader.grading.job import Event as Happened
from grader.verdict import State
from zero_to_gpt.fleet import alive
from zero_to_gpt.submissions import bell, queues
from zero_to_gpt.submissions.leasing import held_by
from zero_to_gpt.submissions.models import EventKind, Submission
from zero_to_gpt.submissions.recording import insert_events, restore

log = logging.getLogger(__name__)

MOST_ATTEMPTS = 3


def release(
    *, submission_id: int, attempt: int, reason: str, expired: bool = False, why: str = "fault"
) -> bool:
    """An attempt failed through our fault: back to the queue, or `broken` after the last attempt.

    `expired`: only if its lease has run out, by the database's clock, in the moment of the change. `why`
    is for its page: "fault", "worker" (it went away) or "deploy" (it was asked to end; that is no attempt).
    """
    held = held_by(submission_id, attempt)
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
        insert_events(submission_id, [Happened(EventKind.REQUEUED, {"attempt": turn, "why": why})])
        submission = Submission.objects.get(pk=submission_id)
        transaction.on_commit(lambda: bell.ring(submission))
    log.warning("submission %s returned to the queue after attempt %s: %s", submission_id, turn, reason)
    return True


def _break(held: Any, submission_id: int, turn: int, reason: str) -> bool:
    support_code = secrets.token_hex(4)
    with transaction.atomic():
        if restore(held, submission_id):
            log.error("submission %s could not be graded again (%s): %s", submission_id, turn, reason)
            return True
        broken = held.update(
            state=State.BROKEN, lease_until=None, finished_at=Now(), support_code=support_code
        )
        if not broken:
            return False
        insert_events(submission_id, [Happened(EventKind.BROKEN, {"support_code": support_code})])
        transaction.on_commit(lambda: bell.ring_for_the_next(submission_id))
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
        bell.ring(submission)
    bell.ring_again()
    return released
