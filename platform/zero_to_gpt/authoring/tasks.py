"""The bell for proofs, and the thread of each worker that makes them, one at a time.

A proof takes minutes and must take no slot from learners: the task only wakes the thread.
"""

from __future__ import annotations

import logging
import threading
from typing import Any

from celery import shared_task
from celery.signals import worker_ready, worker_shutdown
from django.db import DatabaseError, close_old_connections, connection

from grader.sandbox.box import BoxError
from zero_to_gpt.authoring import bounded, proofs, proving
from zero_to_gpt.fleet import boxes

log = logging.getLogger(__name__)

LOOK_EVERY_SECONDS = 5.0
_wake = threading.Event()
_stopping = threading.Event()


@shared_task(name="authoring.prove")
def prove(proof_id: int) -> None:
    _wake.set()


@worker_ready.connect
def begin(**_: Any) -> None:
    _stopping.clear()
    threading.Thread(target=_proving, name="proofs", daemon=True).start()


@worker_shutdown.connect
def end(**_: Any) -> None:
    _stopping.set()
    _wake.set()
    bounded.close()


def _proving() -> None:
    """Make what waits, until the worker stops."""
    while not _stopping.is_set():
        made = False
        try:
            close_old_connections()
            made = _next()
        except BoxError:
            pass  # no walls on this host: said elsewhere
        except DatabaseError as error:
            log.warning("proofs cannot be looked for: %s", error)
        except Exception:  # a thread that ended in silence would leave authors waiting
            if not _stopping.is_set():
                log.exception("a proof could not be made")
        if not made:
            connection.close()
            _wake.wait(LOOK_EVERY_SECONDS)
            _wake.clear()


def _next() -> bool:
    pool = boxes.pool()
    proof = proofs.claim_next()
    if proof is None:
        return False
    proving.make(proof, pool, going_on=lambda: not _stopping.is_set())
    return True
