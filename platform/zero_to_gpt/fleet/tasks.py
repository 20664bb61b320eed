"""The life of a worker process: its boxes are opened when it is ready and destroyed when it stops."""

from __future__ import annotations

from typing import Any

from celery.signals import worker_ready, worker_shutdown

from zero_to_gpt.fleet import boxes


@worker_ready.connect
def opened(**_: Any) -> None:
    boxes.open_for_work()


@worker_shutdown.connect
def closed(**_: Any) -> None:
    boxes.close()
