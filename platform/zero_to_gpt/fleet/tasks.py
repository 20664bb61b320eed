"""The life of a worker process, and what the house forgets once a day.

Boxes are opened when the worker is ready (after beat has forked) and destroyed when it stops.
"""

from __future__ import annotations

import ctypes
import signal
from typing import Any

from celery import shared_task
from celery.signals import beat_embedded_init, worker_ready, worker_shutdown
from django.core.management import call_command

from zero_to_gpt.accounts import record
from zero_to_gpt.fleet import alive, boxes
from zero_to_gpt.fleet.models import WorkerSign

PR_SET_PDEATHSIG = 1


@worker_ready.connect
def opened(sender: Any, **_: Any) -> None:
    boxes.open_for_work(gpu="gpu" in sender.app.amqp.queues.consume_from)


@worker_shutdown.connect
def closed(**_: Any) -> None:
    boxes.close()


@beat_embedded_init.connect
def die_with_the_worker(**_: Any) -> None:
    """Beat is a child of the worker; a worker that is killed must not leave a second clock ticking."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


@shared_task(name="fleet.tidy")
def tidy() -> None:
    WorkerSign.objects.long_gone().delete()
    alive.forget_the_gone()
    record.forget_old()
    call_command("clearsessions")
