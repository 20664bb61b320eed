"""The bell for background preparation. Each task does one thing and rings again while there is more.

The stock of hidden instances is refilled by a thread of its own: it must not take a slot from learners.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

from celery import shared_task
from celery.signals import worker_ready, worker_shutdown
from django.db import close_old_connections, connection

from grader.sandbox.box import BoxError
from zero_to_gpt.catalog import services
from zero_to_gpt.catalog.models import Exercise
from zero_to_gpt.fleet import boxes

boxes.profiles_in_use = Exercise.objects.profiles

log = logging.getLogger(__name__)

REST_SECONDS = 3.0
"""How long the refiller waits when there is nothing to do, or others have something to do."""
PATIENCE_SECONDS = 6.0
"""A host that is never idle gets a batch so often all the same; its boxes come after everybody's."""

_preparing = threading.Lock()
_stopping = threading.Event()


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
    _stopping.clear()
    threading.Thread(target=_refilling, name="stock", daemon=True).start()


@worker_shutdown.connect
def end(**_: Any) -> None:
    _stopping.set()


def _refilling() -> None:
    """Refill the stock while this worker has nothing else to do, until it stops."""
    last = time.monotonic()
    while not _stopping.is_set():
        more = False
        try:
            pool = boxes.pool()
            if not _preparing.locked() and (pool.idle or time.monotonic() - last > PATIENCE_SECONDS):
                close_old_connections()
                more = services.refill_next(
                    pool=pool, go_on=lambda: not _stopping.is_set() and not _preparing.locked()
                )
                last = time.monotonic()
        except BoxError:
            pass  # no walls on this host: said elsewhere
        except Exception:  # a database that is away, a pool that closes: the next round may go well
            if not _stopping.is_set():
                log.exception("the stock could not be refilled")
        if not more:
            connection.close()
            _stopping.wait(REST_SECONDS)
