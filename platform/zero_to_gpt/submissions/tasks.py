"""What Celery calls: fetch, call a service, nothing else."""

from __future__ import annotations

import logging

from celery import shared_task

from grader.sandbox.box import BoxError
from zero_to_gpt.fleet import boxes
from zero_to_gpt.submissions import grading, services

log = logging.getLogger(__name__)


@shared_task(name="submissions.grade")
def grade(submission_id: int) -> None:
    try:
        boxes.pool()
    except BoxError as error:  # without walls nothing is claimed; it waits for a worker that has them
        log.error("left submission %s in the queue: %s", submission_id, error)
        return
    submission = services.claim(submission_id=submission_id, worker=boxes.worker_name())
    if submission is not None:
        grading.grade(submission)


@shared_task(name="submissions.reap")
def reap() -> None:
    services.release_expired()


@shared_task(name="submissions.tidy")
def tidy() -> None:
    services.tidy()
