"""What Celery calls: fetch, call a service, nothing else. And the reaper's own clock."""

from __future__ import annotations

import logging
from typing import Any

from celery import Task, shared_task
from celery.signals import worker_ready, worker_shutdown, worker_shutting_down

from grader.sandbox.box import BoxError
from grader.sandbox.devices import NoSlice
from zero_to_gpt.fleet import alive, boxes
from zero_to_gpt.fleet.watch import Watch
from zero_to_gpt.submissions import grading, leasing, queues, releasing, tidying
from zero_to_gpt.submissions.models import Queue

log = logging.getLogger(__name__)

REAP_EVERY_SECONDS = 1.0
SLICE_SECONDS = 5.0
"""How long a job waits for a slice that another one has; then its bell is rung again later."""
_reaper: Watch | None = None


@shared_task(name="submissions.grade", bind=True)
def grade(self: Task[Any, Any], submission_id: int) -> None:
    try:
        boxes.pool()
    except BoxError as error:  # without walls nothing is claimed; it waits for a worker that has them
        log.error("left submission %s in the queue: %s", submission_id, error)
        return
    if grading.leaving():  # it rings again, for another worker or the next one here
        return
    alive.hold(boxes.worker_name(), releasing.release_held_by)
    lease = None
    rung_for = (self.request.delivery_info or {}).get("routing_key")
    # Rung for the CPU, it need not be asked: `claim` takes nothing that waits for a GPU.
    if rung_for != Queue.CPU and queues.wants_gpu(submission_id):
        try:
            lease = boxes.slices().lease(f"submission {submission_id}", wait=SLICE_SECONDS)
        except (NoSlice, BoxError) as none:  # it waits for one, and is rung for again
            log.warning("left submission %s in the queue: %s", submission_id, none)
            return
    try:
        submission = leasing.claim(
            submission_id=submission_id, worker=boxes.worker_name(), gpu=lease is not None
        )
        if submission is not None:
            grading.grade(submission, lease)
    finally:
        if lease is not None:
            lease.end()


@shared_task(name="submissions.tidy")
def tidy() -> None:
    tidying.tidy()


@worker_ready.connect
def watch_leases(**_: Any) -> None:
    """A thread of its own in each worker: what watches the queue must not wait in it behind gradings."""
    global _reaper
    _reaper = Watch(releasing.release_expired, every=REAP_EVERY_SECONDS)
    _reaper.__enter__()


@worker_shutting_down.connect
def hand_over(**_: Any) -> None:
    """Asked to end: what is graded now ends soon, or is handed over."""
    grading.leave()


@worker_shutdown.connect
def stop_watching(**_: Any) -> None:
    global _reaper
    alive.let_go(boxes.worker_name())
    if _reaper is not None:
        _reaper.__exit__(None, None, None)
        _reaper = None
