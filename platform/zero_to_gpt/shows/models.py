"""One training in front of visitors, and what it told while it ran."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.utils import timezone


class ShowQuerySet(models.QuerySet["Show"]):
    def active(self) -> Self:
        """Those that wait or run: at most one."""
        return self.filter(state__in=[Show.State.QUEUED, Show.State.RUNNING])


class Show(models.Model):
    """One run of the program. Whoever comes while it runs watches the same one.

    A worker that claims it renews `lease_until`; when that is over the show failed, and is not run again:
    the next visitor begins another.
    """

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        ENDED = "ended"
        FAILED = "failed"

    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    created = models.DateTimeField(default=timezone.now)
    started = models.DateTimeField(null=True, blank=True)
    ended = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField()
    trouble = models.TextField(blank=True)

    objects: ClassVar = ShowQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(state__in=["queued", "running", "ended", "failed"]),
                name="show_state_known",
            ),
            models.UniqueConstraint(
                models.Value(1),
                condition=models.Q(state__in=["queued", "running"]),
                name="one_show_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"show {self.pk}: {self.state}"


class Told(models.Model):
    """Something that the program told: a metric, a drawing or a line of text, in order."""

    show = models.ForeignKey(Show, on_delete=models.CASCADE, related_name="told")
    seconds = models.FloatField(help_text="since the show began")
    kind = models.CharField(max_length=10)
    data = models.JSONField()

    class Meta:
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"{self.kind} at {self.seconds:.1f} s"
