"""The bell for background preparation. Each ring does one thing and rings again while there is more."""

from __future__ import annotations

from celery import shared_task

from zero_to_gpt.catalog import services
from zero_to_gpt.fleet import boxes


@shared_task(name="catalog.prepare", queue="regrade")
def prepare() -> None:
    if services.prepare_next(pool=boxes.pool()):
        prepare.delay()
