"""The bell for background preparation. Each ring does one thing and rings again while there is more."""

from __future__ import annotations

import threading
from typing import Any

from celery import shared_task
from celery.signals import worker_ready

from zero_to_gpt.catalog import services
from zero_to_gpt.catalog.models import Exercise
from zero_to_gpt.fleet import boxes

boxes.profiles_in_use = Exercise.objects.profiles

_preparing = threading.Lock()


@shared_task(name="catalog.prepare", queue="regrade")
def prepare() -> None:
    """At most one at a time in a worker, so that preparation never takes all slots from learners."""
    if not _preparing.acquire(blocking=False):
        return
    try:
        more = services.prepare_next(pool=boxes.pool())
    finally:
        _preparing.release()
    if more:
        prepare.delay()


@worker_ready.connect
def begin(**_: Any) -> None:
    """A fresh installation should not wait for beat until its first exercise opens."""
    prepare.delay()
