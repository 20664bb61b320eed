"""Which workers a submission waits for: those with a GPU, or all others."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models.functions import Now

from grader.verdict import State
from zero_to_gpt.catalog.models import Revision
from zero_to_gpt.fleet.models import WorkerSign
from zero_to_gpt.submissions.models import Queue, Submission


def queue_for(revision: Revision, usual: Queue) -> Queue:
    """Where a submission waits; `usual` if it wants no GPU, or would like one and none is there."""
    if revision.device == "gpu-required":
        return Queue.GPU
    if revision.device == "gpu-preferred" and WorkerSign.objects.with_gpu().exists():
        return Queue.GPU
    return usual


def wants_gpu(submission_id: int) -> bool:
    """Whether it waits for a worker with a GPU."""
    return Submission.objects.filter(pk=submission_id, state=State.QUEUED, queue=Queue.GPU).exists()


def go_without_gpu() -> Iterator[Submission]:
    """What only prefers a GPU waits for none: where no worker has one any more, it goes to the others.

    Those that this call moved, to be rung for.
    """
    waiting = Submission.objects.filter(state=State.QUEUED, queue=Queue.GPU, revision__device="gpu-preferred")
    if not waiting.exists() or WorkerSign.objects.with_gpu().exists():
        return
    for submission in waiting.only("queue"):
        if waiting.filter(pk=submission.pk).update(queue=Queue.CPU, rung_at=Now()):
            submission.queue = Queue.CPU
            yield submission
