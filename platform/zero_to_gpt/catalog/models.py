"""The course as the database holds it. Exercises point at immutable, content-addressed revisions."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db import models
from django.utils import timezone

from grader.grading.author import smallest
from grader.sandbox.box import Profile
from zero_to_gpt.fleet.models import WorkerSign

NOT_ITS_OWN = (
    'No host prepares values in the profile "gpu": the author of this exercise writes profile = "torch" and '
    'device = "gpu-required" or "gpu-preferred".'
)
NEEDS_GPU = (
    "This exercise needs a GPU, and no worker with one is here. "
    "What you hand in waits, and is checked when one comes."
)
PREFERS_GPU = "No GPU is here: your code runs on the processor, in its smaller size, with the same verdict."
FAKE_GPU = (
    "The GPU of this site is a fake one, made of the processor to show how it works: nothing is faster."
)


class Course(models.Model):
    """What came with a folder (`shipped`) is changed by importing it only; the others belong to authors."""

    slug = models.SlugField(unique=True)
    title = models.CharField(max_length=200)
    summary = models.TextField(blank=True)
    shipped = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.title


class Module(models.Model):
    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="modules")
    slug = models.SlugField(max_length=80, unique=True)
    title = models.CharField(max_length=200)
    summary = models.TextField(blank=True)
    position = models.PositiveIntegerField(default=0)
    published = models.BooleanField(default=True)

    class Meta:
        ordering: ClassVar = ["position", "id"]

    def __str__(self) -> str:
        return self.title


class Lesson(models.Model):
    """A notebook to read. `html` shows the outputs once `executed_digest` equals `source_digest`."""

    module = models.ForeignKey(Module, on_delete=models.CASCADE, related_name="lessons")
    slug = models.SlugField(max_length=80)
    title = models.CharField(max_length=200)
    position = models.PositiveIntegerField(default=0)
    published = models.BooleanField(default=True)
    source = models.TextField(blank=True)
    source_digest = models.CharField(max_length=64, blank=True)
    html = models.TextField(blank=True)
    rendered_with = models.CharField(max_length=64, blank=True)
    executed_digest = models.CharField(max_length=64, blank=True)
    outputs = models.JSONField(default=list, blank=True)
    trouble = models.TextField(blank=True, help_text="why the cells could not be executed; for staff")

    class Meta:
        ordering: ClassVar = ["module__position", "position", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["module", "slug"], name="one_lesson_per_slug")
        ]

    def __str__(self) -> str:
        return self.title


class Figure(models.Model):
    """A picture that a lesson's cell drew, addressed by its content."""

    digest = models.CharField(max_length=64, primary_key=True)
    png = models.BinaryField()

    def __str__(self) -> str:
        return self.digest[:12]


REVISION_TEXTS = ("files", "solution", "starter", "given", "task_html", "tasks", "requires")
"""Of a revision what only pages read, and the files, which the grader's view keeps parsed."""


class ExerciseQuerySet(models.QuerySet["Exercise"]):
    def _shown(self) -> Self:
        return self.filter(
            published=True, module__published=True, lesson__published=True, current__isnull=False
        )

    def published(self) -> Self:
        """Those that learners see, in course order, with module, lesson and revision (no files)."""
        return (
            self._shown()
            .select_related("module", "lesson", "current")
            .defer("current__files", "current__solution", "lesson__html", "lesson__source", "lesson__outputs")
            .order_by("module__position", "lesson__position", "position", "id")
        )

    def to_hand_in(self) -> Self:
        """Of those that learners see only what is read when somebody hands in, in no order."""
        own = ("name", "slug", "published", "module__slug", "module__course__shipped")
        read = ("digest", "grading_digest", "title", "profile", "device", "uses")
        with_current = (f"current__{name}" for name in read)
        return self._shown().order_by().select_related("module__course", "current").only(*own, *with_current)

    def profiles(self) -> list[str]:
        """The profiles that published exercises need."""
        return sorted(set(self.published().order_by().values_list("current__profile", flat=True)))

    def with_readiness(self) -> Self:
        """Adds `is_ready`: the expected values of the current revision are there."""
        return self.annotate(
            is_ready=models.Exists(
                ExpectedSet.objects.filter(
                    grading_digest=models.OuterRef("current__grading_digest"),
                    state=ExpectedSet.State.READY,
                )
            )
        )


class Exercise(models.Model):
    """A place in the course. Its name is its folder, `01-maths/04-logsumexp-softmax`, and never reused."""

    module = models.ForeignKey(Module, on_delete=models.CASCADE, related_name="exercises")
    lesson = models.ForeignKey(
        Lesson, on_delete=models.SET_NULL, null=True, blank=True, related_name="exercises"
    )
    slug = models.SlugField(max_length=80)
    name = models.CharField(max_length=161, unique=True)
    position = models.PositiveIntegerField(default=0)
    published = models.BooleanField(default=True)
    current = models.ForeignKey("Revision", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    copied_from = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="copies"
    )

    objects: ClassVar = ExerciseQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["module__position", "lesson__position", "position", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["module", "slug"], name="one_exercise_per_slug"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def title(self) -> str:
        return self.current.title if self.current else self.slug

    @property
    def ready(self) -> bool:
        """Whether it can be graded: asks the database unless `with_readiness()` did already."""
        known = self.__dict__.get("is_ready")
        if known is not None:
            return bool(known)
        return self.current is not None and self.current.ready


class Revision(models.Model):
    """One immutable state of an exercise: its files, and what pages show of them.

    `files` maps relative path to text and is for the grader and staff only: it holds the reference.
    `tasks` is what a learner may see: [{"id", "title", "points", "hints": [html, ...]}].
    `uses` pins the revisions whose answers it imports, each after what it needs:
    [{"name", "module", "direct", "revision"}], see `catalog.pieces`.
    `solution` is what `rendering.render_solution` made: for those whom `submissions.solutions` lets see it.
    Only the rendered HTML (and the kill rate, once proven) may change after creation.
    """

    exercise = models.ForeignKey(Exercise, on_delete=models.CASCADE, related_name="revisions")
    digest = models.CharField(max_length=64)
    grading_digest = models.CharField(max_length=64, db_index=True)
    files = models.JSONField()
    title = models.CharField(max_length=200)
    summary = models.TextField(blank=True)
    minutes = models.PositiveIntegerField(default=15)
    profile = models.CharField(max_length=20)
    device = models.CharField(max_length=20, default="cpu")
    requires = models.JSONField(default=list, blank=True)
    uses = models.JSONField(default=list, blank=True)
    starter = models.TextField()
    given = models.TextField(blank=True)
    task_html = models.TextField(blank=True)
    rendered_with = models.CharField(max_length=64, blank=True)
    tasks = models.JSONField(default=list)
    solution = models.JSONField(default=dict, blank=True)
    probe_count = models.PositiveIntegerField(default=0)
    kill_rate = models.FloatField(null=True, blank=True)
    created = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["-created", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["exercise", "digest"], name="one_revision_per_digest"),
        ]

    def __str__(self) -> str:
        return f"{self.exercise} @ {self.digest[:8]}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("a revision is immutable; publish a new one")
        super().save(*args, **kwargs)

    @property
    def possible(self) -> float:
        return sum(float(task["points"]) for task in self.tasks)

    @property
    def ready(self) -> bool:
        return ExpectedSet.objects.filter(
            grading_digest=self.grading_digest, state=ExpectedSet.State.READY
        ).exists()

    @property
    def waits_for(self) -> str:
        """What its boxes still lack on every host, as a sentence; empty if nothing."""
        own = Profile(self.profile)
        if own is Profile.GPU:
            return NOT_ITS_OWN
        needed = {own, smallest(own, self.files.get("probes.py", ""))}
        return WorkerSign.objects.why_lacking(sorted(needed))

    @property
    def without_gpu(self) -> str:
        """What it means that no worker has the GPU which this exercise asks for, or that it is a fake one:
        a sentence, empty if it means nothing."""
        if self.device == "cpu":
            return ""
        signs = WorkerSign.objects.with_gpu()
        if signs.exists():
            return "" if signs.exclude(gpus__fake=True).exists() else FAKE_GPU
        return NEEDS_GPU if self.device == "gpu-required" else PREFERS_GPU

    @property
    def preparing_failed(self) -> str:
        """Why its expected values will not come without its author, for staff; empty while they may."""
        sets = ExpectedSet.objects.filter(grading_digest=self.grading_digest)
        found = list(sets.values_list("state", "trouble"))
        if not found or any(state != ExpectedSet.State.FAILED for state, _ in found):
            return ""
        return next((trouble for _, trouble in found if trouble), "The reason was not recorded.")


class Passage(models.Model):
    """A section of a published lesson, or of an exercise's page, as text that can be searched.

    Only `catalog.passages` writes these. `folded`: title, heading, text and formulas as they are compared.
    `digest` tells of which text, and by which rules, all passages of that page were made.
    """

    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, null=True, related_name="passages")
    exercise = models.ForeignKey("Exercise", on_delete=models.CASCADE, null=True, related_name="passages")
    position = models.PositiveIntegerField()
    anchor = models.CharField(max_length=200, blank=True)
    title = models.CharField(max_length=200)
    heading = models.CharField(max_length=200, blank=True)
    text = models.TextField(blank=True)
    folded = models.TextField()
    digest = models.CharField(max_length=70)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["lesson", "position"], name="one_passage_per_place_in_lesson"),
            models.UniqueConstraint(
                fields=["exercise", "position"], name="one_passage_per_place_in_exercise"
            ),
            models.CheckConstraint(
                condition=models.Q(lesson__isnull=True) ^ models.Q(exercise__isnull=True),
                name="passage_of_one_page",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}: {self.heading}" if self.heading else self.title


class ExpectedCase(models.Model):
    """One instance of a probe: inputs, and what the reference returned for them."""

    grading_digest = models.CharField(max_length=64)
    box_digest = models.CharField(max_length=64)
    probe = models.CharField(max_length=200)
    seed = models.CharField(max_length=40)
    inputs = models.BinaryField()
    expected = models.BinaryField()
    baseline_seconds = models.FloatField(null=True)
    reference_seconds = models.FloatField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["grading_digest", "box_digest", "probe", "seed"], name="one_case_per_seed"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.grading_digest[:8]} {self.probe} seed {self.seed}"


class Instance(models.Model):
    """One hidden question of the stock: of which probe, on which seed, how often it was asked.

    Its inputs and expected value are the case of the same key. `seconds` is what making it took, `size`
    its bytes. Only `catalog.stock` writes these.
    """

    grading_digest = models.CharField(max_length=64)
    box_digest = models.CharField(max_length=64)
    probe = models.CharField(max_length=200)
    seed = models.CharField(max_length=40)
    uses = models.PositiveIntegerField(default=0)
    seconds = models.FloatField(default=0.0)
    size = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["grading_digest", "box_digest", "probe", "seed"], name="one_instance_per_seed"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.grading_digest[:8]} {self.probe}, asked {self.uses} times"


class ExpectedSet(models.Model):
    """How far the expected values of one (grading digest, box digest) are. Claimed like a submission.

    `next_number` is that of the next hidden instance; `refilled_until` the lease of who makes some now.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        COMPUTING = "computing"
        READY = "ready"
        FAILED = "failed"

    grading_digest = models.CharField(max_length=64)
    box_digest = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    attempt = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    seconds = models.FloatField(null=True, blank=True)
    trouble = models.TextField(blank=True)
    next_number = models.PositiveBigIntegerField(default=0)
    refilled_until = models.DateTimeField(null=True, blank=True)
    created = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["grading_digest", "box_digest"], name="one_set_per_digest_and_box"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["waiting", "computing", "ready", "failed"]),
                name="expected_state_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.grading_digest[:8]} in {self.box_digest[:8]}: {self.state}"
