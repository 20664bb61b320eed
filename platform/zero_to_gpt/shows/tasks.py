"""The bell for a show, and the thread of each worker that waits for one: it takes no slot from learners."""

from __future__ import annotations

import logging
import threading
from typing import Any

from celery import shared_task
from celery.signals import worker_ready, worker_shutdown
from django.db import DatabaseError, close_old_connections, connection

from grader.sandbox.box import BoxError
from zero_to_gpt.fleet import boxes
from zero_to_gpt.shows import services, training

log = logging.getLogger(__name__)

LOOK_EVERY_SECONDS = 10.0
"""A bell can be lost; a visitor waits no longer than this."""
_wake = threading.Event()
_stopping = threading.Event()


@shared_task(name="shows.begin")
def begin(show_id: int) -> None:
    _wake.set()


@worker_ready.connect
def wait_for_shows(**_: Any) -> None:
    _stopping.clear()
    threading.Thread(target=_waiting, name="show", daemon=True).start()


@worker_shutdown.connect
def stop_waiting(**_: Any) -> None:
    _stopping.set()
    _wake.set()


def _waiting() -> None:
    while not _stopping.is_set():
        try:
            close_old_connections()
            show = services.claim()
            if show is not None:
                training.run(show, boxes.pool(), going_on=lambda: not _stopping.is_set())
        except BoxError:
            pass  # no walls on this host: said elsewhere
        except DatabaseError as error:
            log.warning("shows cannot be looked for: %s", error)
        connection.close()
        _wake.wait(LOOK_EVERY_SECONDS)
        _wake.clear()
