"""Drafts, submissions, what their probes found, and the events a page follows.

Every transition of a submission is one conditional UPDATE: of people in submitting.py, of workers in
leasing.py, recording.py and releasing.py. The constraints here make an impossible row an error, whoever
writes it. The words are those of grader.verdict.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Self

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.utils import timezone

from grader.verdict import (
    SPENDS_NO_TRY,
    Failing,
    Kind,
    ProbeWord,
    State,
    Word,
    coarse_phases,
    hide_from_learner,
)
from zero_to_gpt.accounts.models import User
from zero_to_gpt.catalog.models import REVISION_TEXTS, Exercise, Revision
from zero_to_gpt.cohorts.roles import courses_taught_by, taught_by
from zero_to_gpt.fleet.models import WorkerSign
from zero_to_gpt.submissions.packing import PackedField

WAITS_FOR_GPU = "This needs a GPU, and no worker with one is here. It waits, and is checked when one comes."
ACTIVE = [State.QUEUED.value, State.RUNNING.value]


def choices(words: type[StrEnum]) -> list[tuple[str, str]]:
    """The words of grader.verdict as Django choices: one home for the words."""
    return [(word.value, word.value.replace("_", " ")) for word in words]


def values(words: type[StrEnum]) -> list[str]:
    return [word.value for word in words]


def coarse_time(at: datetime.datetime | None) -> datetime.datetime | None:
    """A moment of a grading as its learner may see it: the next whole second (`coarse_phases`: of spans)."""
    if at is None or not at.microsecond:
        return at
    return at.replace(microsecond=0) + datetime.timedelta(seconds=1)


class Draft(models.Model):
    """What stands in a person's editor. `previous` is what another tab's save replaced."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="drafts")
    exercise = models.ForeignKey(Exercise, on_delete=models.CASCADE, related_name="drafts")
    source = models.TextField(blank=True)
    previous = models.TextField(blank=True)
    revision = models.CharField(max_length=64, blank=True, help_text="digest of the revision it began from")
    version = models.PositiveIntegerField(default=1)
    updated = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "exercise"], name="one_draft_per_exercise")
        ]

    replaced = ""
    """What the save that made this object took the place of, if that was another tab's; not a column."""

    def __str__(self) -> str:
        return f"draft of {self.user} for {self.exercise}"


NOT_GRADED = tuple(f"revision__{name}" for name in REVISION_TEXTS)


class SubmissionQuerySet(models.QuerySet["Submission"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Their own, those of people they teach, and for staff all."""
        if not isinstance(user, User):
            return self.none()
        if user.is_staff:
            return self
        return self.filter(
            Q(user=user) | Q(user__in=taught_by(user), exercise__module__course__in=courses_taught_by(user))
        )

    def one_visible_to(self, user: User | AnonymousUser, pk: int) -> Submission | None:
        """One of those, or None. Looked for among their own first: it nearly always is, and that is quick."""
        own = self.filter(pk=pk, user=user).first() if isinstance(user, User) else None
        return own or self.visible_to(user).filter(pk=pk).first()

    def outlines(self) -> Self:
        """Whose it is and how it stands, without its texts."""
        return self.only("user", "state")

    def active(self) -> Self:
        return self.filter(state__in=ACTIVE)

    def tries(self) -> Self:
        """Submits that count as a try: not those that were not attempted, not gradable or broken."""
        return self.filter(kind=Kind.SUBMIT, state=State.GRADED).exclude(word__in=values_of(SPENDS_NO_TRY))

    def passed(self) -> Self:
        return self.filter(kind=Kind.SUBMIT, state=State.GRADED, word=Word.PASSED)

    def broken_as(self, support_code: str) -> Self:
        """What a person quotes when something broke."""
        return self.filter(state=State.BROKEN, support_code=support_code)


class Queue(models.TextChoices):
    """Which workers are told of a submission."""

    CPU = "cpu"
    GPU = "gpu"
    REGRADE = "regrade"


class EventKind(models.TextChoices):
    """What a page can be told of a submission. The first five come from the queue and its services, the
    others from a grading (docs/grader-protocol.md says what each brings)."""

    QUEUED = "queued"
    RUNNING = "running"
    REQUEUED = "requeued"
    CANCELLED = "cancelled"
    BROKEN = "broken"
    GRADED = "graded"
    STAGE = "stage"
    ASKING = "asking"
    OUTPUT = "output"
    FIGURE = "figure"
    METRIC = "metric"
    CONFIG = "config"
    DRAWING = "drawing"
    PROBE = "probe"


def values_of(words: frozenset[Word]) -> list[str]:
    return sorted(word.value for word in words)


@dataclass(frozen=True)
class Outcome:
    """What a submission came to, as one person may see it. Before it is graded: nothing, also while it is
    graded again."""

    message: str = ""
    points: float = 0.0
    possible: float = 0.0
    phases: dict[str, float] = field(default_factory=dict)
    verdict: dict[str, Any] | None = None


class Submission(models.Model):
    """One Run or Submit. Whoever shows what it came to asks `outcome_for()`; the columns are for services.

    `attempt` only grows, so that a worker which was presumed dead can never hold the row again;
    `attempts_before` is what it was when the present grading began.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="submissions", db_index=False
    )
    exercise = models.ForeignKey(
        Exercise, on_delete=models.CASCADE, related_name="submissions", db_index=False
    )
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="submissions")
    kind = models.CharField(max_length=10, choices=choices(Kind))
    only = models.CharField(max_length=120, blank=True, help_text="of a Run: the one visible check it asks")
    source = models.TextField()
    idempotency_key = models.CharField(max_length=100)
    queue = models.CharField(max_length=10, choices=Queue.choices, default=Queue.CPU)
    state = models.CharField(max_length=10, choices=choices(State), default=State.QUEUED.value)
    word = models.CharField(max_length=20, choices=choices(Word), blank=True)
    message = models.TextField(blank=True)
    points = models.FloatField(default=0)
    possible = models.FloatField(default=0)
    verdict = PackedField(null=True, blank=True)
    phases = models.JSONField(default=dict, blank=True)
    instances = models.JSONField(
        default=dict, blank=True, help_text="the hidden instances it is asked: grading digest, seeds by probe"
    )
    pieces = models.JSONField(
        default=list, blank=True, help_text="the earlier answers it is run with; see submissions.pieces"
    )
    attempt = models.PositiveIntegerField(default=0)
    attempts_before = models.PositiveIntegerField(default=0)
    worker = models.CharField(max_length=200, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    support_code = models.CharField(max_length=16, blank=True, help_text="what a person quotes when it broke")
    created = models.DateTimeField(default=timezone.now)
    queued_at = models.DateTimeField(default=timezone.now)
    rung_at = models.DateTimeField(default=timezone.now, help_text="when the bell was last rung for it")
    claimed_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = SubmissionQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "idempotency_key"], name="one_submission_per_key"),
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(kind="run", state__in=["queued", "running"]),
                name="one_run_at_a_time",
            ),
            models.CheckConstraint(condition=Q(kind__in=values(Kind)), name="submission_kind_known"),
            models.CheckConstraint(condition=Q(state__in=values(State)), name="submission_state_known"),
            models.CheckConstraint(condition=Q(queue__in=Queue.values), name="submission_queue_known"),
            models.CheckConstraint(
                condition=Q(state="graded", word__in=values(Word), verdict__isnull=False)
                | (~Q(state="graded") & Q(word="")),
                name="graded_means_a_word_and_a_verdict",
            ),
            models.CheckConstraint(
                condition=Q(state="running", lease_until__isnull=False)
                | (~Q(state="running") & Q(lease_until__isnull=True)),
                name="running_means_leased",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["queued", "running"], finished_at__isnull=True)
                | (~Q(state__in=["queued", "running"]) & Q(finished_at__isnull=False)),
                name="finished_means_a_time",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["user", "exercise", "-id"], name="submission_of_person"),
            models.Index(fields=["user", "id"], name="submission_of_anybody"),
            models.Index(fields=["user", "kind", "created"], name="submission_rate"),
            # Whole, not only of active rows: SQLite cannot use a partial index for a bound parameter.
            models.Index(fields=["state", "queued_at"], name="submission_waiting"),
            models.Index(fields=["state", "id"], name="submission_newest"),
            models.Index(fields=["kind", "finished_at"], name="submission_ended"),
            models.Index(fields=["exercise", "word"], name="submission_by_word"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk} of {self.user} for {self.exercise}: {self.word or self.state}"

    @property
    def finished(self) -> bool:
        return self.state not in ACTIVE

    @property
    def waits(self) -> str:
        """What it waits for that no worker has, as a sentence; empty if it just waits for its turn."""
        if self.state != State.QUEUED or self.queue != Queue.GPU or WorkerSign.objects.with_gpu().exists():
            return ""
        return WAITS_FOR_GPU

    def drawn(self) -> list[tuple[str, dict[str, Any]]]:
        """What was drawn and logged in the attempt that counted, in order, as its learner may see it."""
        found: list[tuple[str, dict[str, Any]]] = []
        kinds = [EventKind.RUNNING, EventKind.FIGURE, EventKind.METRIC, EventKind.DRAWING]
        wanted = self.events.filter(kind__in=kinds).order_by("pk").values_list("kind", "data")
        for kind, data in wanted:
            if kind == EventKind.RUNNING:
                found.clear()
            else:
                found.append((kind, data))
        return found

    def was_replaced(self) -> bool:
        """Whether a newer Run ended it, and not its person."""
        return self.events.filter(kind=EventKind.CANCELLED, data__newer=True).exists()

    def was_restored(self) -> bool:
        """Whether it was graded again without an end, so that this is the verdict from before."""
        ended = self.events.filter(kind=EventKind.GRADED).order_by("-pk").values_list("data", flat=True)
        return bool((ended.first() or {}).get("restored"))

    def outcome_for(self, user: User) -> Outcome:
        """For somebody who may see this submission: all of it for staff and teachers, the learner's
        projection for its author."""
        if self._is_open_to(user):
            return self._outcome(self.verdict, self.phases)
        return self.outcome_for_learner()

    def outcome_for_learner(self) -> Outcome:
        """Without what a learner may not see (hidden inputs, values, seeds, exact times), whoever asks."""
        verdict = hide_from_learner(self.verdict) if self.verdict is not None else None
        return self._outcome(verdict, coarse_phases(self.phases))

    def _outcome(self, verdict: dict[str, Any] | None, phases: dict[str, float]) -> Outcome:
        if self.state != State.GRADED:
            return Outcome()
        return Outcome(self.message, self.points, self.possible, phases, verdict)

    def finished_for(self, user: User) -> datetime.datetime | None:
        """When it was finished: exact for staff and teachers, coarse for the learner."""
        return self.finished_at if self._is_open_to(user) else coarse_time(self.finished_at)

    def _is_open_to(self, user: User) -> bool:
        return user.is_staff or user.pk != self.user_id


class OpenedSolution(models.Model):
    """That somebody looked at an exercise's solution before they had passed it, after how many honest tries.

    Who had passed it may look without a record. Only `solutions.open_solution` writes these.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="opened_solutions", db_index=False
    )
    exercise = models.ForeignKey(Exercise, on_delete=models.CASCADE, related_name="opened_solutions")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="+")
    tries = models.PositiveIntegerField()
    opened = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "exercise"], name="one_opening_per_exercise"),
        ]

    def __str__(self) -> str:
        return f"{self.user} opened the solution of {self.exercise}"


class PieceChoice(models.Model):
    """Which answer to an earlier exercise (`name`, as `uses` calls it) somebody wants in a later one.

    Without a submission it is the official answer. Only `submissions.pieces.choose` writes these.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="piece_choices", db_index=False
    )
    exercise = models.ForeignKey(Exercise, on_delete=models.CASCADE, related_name="piece_choices")
    name = models.CharField(max_length=161)
    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "exercise", "name"], name="one_choice_per_piece"),
        ]

    def __str__(self) -> str:
        return f"{self.user} takes {self.submission_id or 'the official one'} of {self.name}"


class ProbeResult(models.Model):
    """What one probe found, as columns: statistics ask these, pages read the verdict."""

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="probe_results")
    name = models.CharField(max_length=120)
    task = models.PositiveIntegerField()
    visible = models.BooleanField()
    word = models.CharField(max_length=20, choices=choices(ProbeWord))
    kind = models.CharField(max_length=20, choices=choices(Failing), blank=True)
    points = models.FloatField(default=0)
    seconds = models.FloatField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["submission", "name"], name="one_result_per_probe"),
            models.CheckConstraint(condition=Q(word__in=values(ProbeWord)), name="probe_word_known"),
            models.CheckConstraint(condition=Q(kind__in=["", *values(Failing)]), name="probe_failing_known"),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.word}"


class Event(models.Model):
    """One thing that happened, as its learner may see it. The key is the stream's event id.

    Within one submission keys grow in the order of events: each is inserted by a transaction that
    first updated the submission's row.
    """

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=20, choices=EventKind.choices)
    data = models.JSONField(default=dict)
    created = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [models.Index(fields=["submission", "id"], name="event_of_submission")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=EventKind.values), name="event_kind_known")
        ]

    def __str__(self) -> str:
        return f"{self.kind} of submission {self.submission_id}"
