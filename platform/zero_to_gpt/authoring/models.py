"""What authors work on: a draft of each exercise and lesson, proofs of drafts, and what was published when.

A draft is text and nothing else; what learners meet is a revision (catalog), which never changes.
"""

from __future__ import annotations

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.utils import timezone

from zero_to_gpt.accounts.models import User
from zero_to_gpt.catalog.models import Exercise, Lesson, Revision


class ExerciseDraft(models.Model):
    """The files of an exercise as its authors have them now: {path: text}. `version` grows with each save."""

    exercise = models.OneToOneField(Exercise, on_delete=models.CASCADE, related_name="draft")
    files = models.JSONField()
    version = models.PositiveIntegerField(default=1)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    updated = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"draft of {self.exercise}"


class LessonDraft(models.Model):
    """The text of a lesson as its authors have it now."""

    lesson = models.OneToOneField(Lesson, on_delete=models.CASCADE, related_name="draft")
    source = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    updated = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"draft of {self.lesson}"


class ProofQuerySet(models.QuerySet["Proof"]):
    def active(self) -> Self:
        """Those that wait or are being made."""
        return self.filter(state__in=[Proof.State.QUEUED, Proof.State.RUNNING])

    def without_texts(self) -> Self:
        return self.defer("files", "report", "outputs")


class Proof(models.Model):
    """One validation: the gate over a draft of an exercise, or the cells of a draft of a lesson.

    `files` is what was proven, and `digest` says so: nothing else is published. `report` is the gate's
    report, `outputs` what a lesson's cells showed. Claimed like a submission.
    """

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        PASSED = "passed"
        REFUSED = "refused"
        STOPPED = "stopped"
        BROKEN = "broken"

    exercise = models.ForeignKey(
        Exercise, on_delete=models.CASCADE, null=True, blank=True, related_name="proofs"
    )
    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, null=True, blank=True, related_name="proofs")
    by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="proofs")
    files = models.JSONField()
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    attempt = models.PositiveIntegerField(default=0)
    passed_on = models.PositiveIntegerField(
        default=0, help_text="attempts that ended because their worker was asked to end"
    )
    lease_until = models.DateTimeField(null=True, blank=True)
    gate = models.CharField(max_length=64, blank=True)
    trouble = models.TextField(blank=True)
    report = models.JSONField(default=dict)
    outputs = models.JSONField(default=list)
    created = models.DateTimeField(default=timezone.now)
    started = models.DateTimeField(null=True, blank=True)
    ended = models.DateTimeField(null=True, blank=True)
    seconds = models.FloatField(default=0.0)

    objects: ClassVar = ProofQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-pk"]
        indexes: ClassVar = [models.Index(fields=["state"], name="proof_by_state")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(state__in=["queued", "running", "passed", "refused", "stopped", "broken"]),
                name="proof_state_known",
            ),
            models.CheckConstraint(
                condition=models.Q(exercise__isnull=True) ^ models.Q(lesson__isnull=True),
                name="proof_of_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return f"proof {self.pk} of {self.exercise or self.lesson}: {self.state}"

    @property
    def finished(self) -> bool:
        return self.state not in (self.State.QUEUED, self.State.RUNNING)


class Step(models.Model):
    """Something that a proof found out, in order: `kind` says what about, `data` is for the page."""

    proof = models.ForeignKey(Proof, on_delete=models.CASCADE, related_name="steps")
    kind = models.CharField(max_length=20)
    data = models.JSONField(default=dict)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"{self.kind} of proof {self.proof_id}"


class Publication(models.Model):
    """Who made which revision the one that learners meet, and when. The newest is current."""

    class How(models.TextChoices):
        COPIED = "copied"
        PUBLISHED = "published"
        ROLLED_BACK = "rolled_back"

    exercise = models.ForeignKey(Exercise, on_delete=models.CASCADE, related_name="publications")
    revision = models.ForeignKey(Revision, on_delete=models.CASCADE, related_name="publications")
    how = models.CharField(max_length=12, choices=How.choices, default=How.PUBLISHED)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(how__in=["copied", "published", "rolled_back"]), name="publication_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.revision} {self.how}"


class LessonPublication(models.Model):
    """A text of a lesson that was published, with who and when; immutable."""

    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="publications")
    source = models.TextField()
    outputs = models.JSONField(default=list)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"{self.lesson} of {self.at:%Y-%m-%d}"
