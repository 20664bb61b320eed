"""Signs of life of the workers, written by themselves, read by the fleet page."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import ClassVar, Self

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from zero_to_gpt.fleet import clock

ALIVE_FOR = datetime.timedelta(seconds=20)


class WorkerSignQuerySet(models.QuerySet["WorkerSign"]):
    def alive(self) -> Self:
        return self.filter(last_seen__gte=Now() - ALIVE_FOR)

    def why_lacking(self, profiles: Iterable[str]) -> str:
        """Why no live worker has all these profiles: a sentence, empty if one has them or none is alive."""
        found = [
            [lacking[name] for name in profiles if name in lacking]
            for lacking in self.alive().values_list("lacking", flat=True)
        ]
        return "" if not found or not all(found) else max(found[0], key=len)

    def with_gpu(self) -> Self:
        """Live workers that have a slice of a GPU fit for work."""
        return self.alive().filter(gpus__usable__gt=0)

    def long_gone(self) -> Self:
        return self.filter(last_seen__lt=Now() - datetime.timedelta(days=1))


class WorkerSign(models.Model):
    """One worker process. `profiles` maps a profile it can grade to its box digest.

    `gpus` is what `boxes.gpus` says of a GPU worker's slices, and empty for any other.

    `lacking` maps a profile whose libraries are not there, an author's too, to a sentence that says why.
    """

    name = models.CharField(max_length=200, unique=True)
    sandbox = models.CharField(max_length=40, blank=True)
    trouble = models.TextField(blank=True, help_text="why this worker cannot grade, in one sentence")
    selftest = models.JSONField(default=dict, blank=True)
    profiles = models.JSONField(default=dict, blank=True)
    lacking = models.JSONField(default=dict, blank=True)
    metrics = models.JSONField(default=dict, blank=True)
    gpus = models.JSONField(default=dict, blank=True)
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
