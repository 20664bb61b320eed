"""The life of a worker process, and what the house forgets once a day.

Boxes are opened when the worker is ready (after beat has forked) and destroyed when it stops.
"""

from __future__ import annotations

from typing import Any

from celery import shared_task
from celery.signals import worker_ready, worker_shutdown
from django.core.management import call_command

from zero_to_gpt.fleet import boxes
from zero_to_gpt.fleet.models import WorkerSign


@worker_ready.connect
def opened(**_: Any) -> None:
    boxes.open_for_work()


@worker_shutdown.connect
def closed(**_: Any) -> None:
    boxes.close()


@shared_task(name="fleet.tidy")
def tidy() -> None:
    WorkerSign.objects.long_gone().delete()
    call_command("clearsessions")
