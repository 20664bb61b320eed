"""The bell: tells some worker that something waits. A ring may be lost, for the rows are the queue."""

from __future__ import annotations

import datetime
import logging

from django.db.models.functions import Now

from grader.verdict import State
from zero_to_gpt.celery import app
from zero_to_gpt.submissions.models import Submission

log = logging.getLogger(__name__)

RING_AGAIN_AFTER = datetime.timedelta(seconds=10)
RING_AT_MOST = 50


def ring(submission: Submission) -> None:
    """Tell some worker that there is something to claim. A lost message is repeated by the reaper."""
    try:
        app.send_task("submissions.grade", args=[submission.pk], queue=submission.queue, retry=False)
    except Exception:  # any broker may fail in its own way; the row is safe
        log.warning("could not ring for submission %s; the reaper will", submission.pk, exc_info=True)


def ring_for_the_next(submission_id: int) -> None:
    """Something ended: whoever was passed over, or waits for long, may be next."""
    queue = Submission.objects.filter(pk=submission_id).values("queue")[:1]
    waiting = Submission.objects.filter(
        state=State.QUEUED, queue__in=queue, rung_at__lte=Now() - RING_AGAIN_AFTER
    )
    following = waiting.order_by("queued_at").first()
    if following is not None and waiting.filter(pk=following.pk).update(rung_at=Now()):
        ring(following)


def ring_again() -> None:
    """For what has waited long, in its order; of several that see the same row one rings for it."""
    waiting = Submission.objects.filter(state=State.QUEUED, rung_at__lt=Now() - RING_AGAIN_AFTER)
    for submission in waiting.only("queue", "rung_at").order_by("queued_at")[:RING_AT_MOST]:
        if Submission.objects.filter(pk=submission.pk, rung_at=submission.rung_at).update(rung_at=Now()):
            ring(submission)
