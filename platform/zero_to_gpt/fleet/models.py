"""Signs of life of the workers, written by themselves, read by the fleet page."""

from __future__ import annotations

import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from zero_to_gpt.fleet import clock

ALIVE_FOR = datetime.timedelta(seconds=20)


class WorkerSignQuerySet(models.QuerySet["WorkerSign"]):
    def alive(self) -> Self:
        return self.filter(last_seen__gte=Now() - ALIVE_FOR)

    def long_gone(self) -> Self:
        return self.filter(last_seen__lt=Now() - datetime.timedelta(days=1))


class WorkerSign(models.Model):
    """One worker process. `profiles` maps a profile it can grade to its box digest."""

    name = models.CharField(max_length=200, unique=True)
    sandbox = models.CharField(max_length=40, blank=True)
    trouble = models.TextField(blank=True, help_text="why this worker cannot grade, in one sentence")
    selftest = models.JSONField(default=dict, blank=True)
    profiles = models.JSONField(default=dict, blank=True)
    metrics = models.JSONField(default=dict, blank=True)
    slots = models.PositiveIntegerField(default=1)
    started = models.DateTimeField(default=timezone.now)
    last_seen = models.DateTimeField(default=timezone.now, db_index=True)

    objects: ClassVar = WorkerSignQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def alive(self) -> bool:
        return self.last_seen >= clock.now() - ALIVE_FOR
