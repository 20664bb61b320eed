"""Cohorts, who belongs to them in which role, who is invited, what is due when, and who writes a course.

Who may see whom: roles.py.
"""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from zero_to_gpt.catalog.models import Course, Exercise, Module


class Role(models.TextChoices):
    """A person's role in one cohort, from least to most."""

    STUDENT = "student", "Student"
    INSTRUCTOR = "instructor", "Instructor"
    ADMIN = "admin", "Admin"

    @classmethod
    def at_least(cls, role: Role) -> list[str]:
        order = list(cls)
        return [r.value for r in order[order.index(role) :]]


class Cohort(models.Model):
    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="cohorts")
    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=200)
    created = models.DateTimeField(default=timezone.now)
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, through="Membership", related_name="cohorts")

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=12, choices=Role.choices, default=Role.STUDENT)
    joined = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["cohort", "user"], name="one_role_per_cohort"),
            models.CheckConstraint(
                condition=models.Q(role__in=["student", "instructor", "admin"]), name="role_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.cohort} ({self.role})"


class CurrentAuthorships(models.Manager["Authorship"]):
    """Those that have not ended. Joins from elsewhere (`authorships__user`) see all: use Exists."""

    def get_queryset(self) -> models.QuerySet[Authorship]:
        return super().get_queryset().filter(until=None)


class Authorship(models.Model):
    """Somebody may write a course: they read its references, and what they submit there is ungraded.

    The right ends with `until`. What they read they have read: ungraded they stay.
    """

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="authorships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="authorships")
    since = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[CurrentAuthorships] = CurrentAuthorships()
    with_ended: ClassVar[models.Manager[Authorship]] = models.Manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["course", "user"], name="one_authorship_per_course"),
        ]

    def __str__(self) -> str:
        return f"{self.user} writes {self.course}"


class Invitation(models.Model):
    """An address that may join a cohort as a student. It ends with the answer."""

    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField("e-mail", help_text="in lower case")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["email"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["cohort", "email"], name="one_invitation_per_address"),
        ]
        indexes: ClassVar = [models.Index(fields=["email"], name="invitation_of_address")]

    def __str__(self) -> str:
        return f"{self.email} for {self.cohort}"


class Deadline(models.Model):
    """Until when a cohort's work on an exercise is on time, or that on each exercise of a module.

    An exercise's own deadline counts instead of its module's. Nothing is refused after it.
    """

    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="deadlines")
    module = models.ForeignKey(Module, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    exercise = models.ForeignKey(Exercise, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    due = models.DateTimeField(help_text="UTC; what is handed in at this moment is on time")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    changed = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["due", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["cohort", "module"], name="one_deadline_per_module"),
            models.UniqueConstraint(fields=["cohort", "exercise"], name="one_deadline_per_exercise"),
            models.CheckConstraint(
                condition=models.Q(module__isnull=True) ^ models.Q(exercise__isnull=True),
                name="deadline_of_one_place",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place} in {self.cohort}"

    @property
    def place(self) -> str:
        """What it is for, as people call it."""
        if self.exercise is not None:
            return self.exercise.title
        return self.module.title if self.module is not None else ""


class Extension(models.Model):
    """A later moment for one student. It goes with the deadline, and with its student."""

    deadline = models.ForeignKey(Deadline, on_delete=models.CASCADE, related_name="extensions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="extensions")
    due = models.DateTimeField()
    reason = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    given = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["due", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["deadline", "user"], name="one_extension_per_student"),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.deadline}"


class Override(models.Model):
    """The points of one student for one exercise as somebody who teaches them set it, with the reason.

    It counts in that cohort's marks until it ends, and changes no verdict. When it has ended it stays, as the
    record of who did what.
    """

    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="overrides")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="overrides")
    exercise = models.ForeignKey(Exercise, on_delete=models.CASCADE, related_name="+")
    points = models.FloatField()
    reason = models.CharField(max_length=500)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    since = models.DateTimeField(default=timezone.now)
    ended = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering: ClassVar = ["-since", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["cohort", "user", "exercise"],
                condition=models.Q(ended__isnull=True),
                name="one_override_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.points:g} for {self.user} in {self.exercise}"


class Announcement(models.Model):
    """What somebody who teaches a cohort tells its members, as plain text. Withdrawn, it is gone."""

    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="announcements")
    title = models.CharField(max_length=120)
    text = models.TextField(blank=True, max_length=2000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created = models.DateTimeField(default=timezone.now)
    changed = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-created", "-pk"]
        indexes: ClassVar = [models.Index(fields=["cohort", "-created"], name="announcement_of_cohort")]

    def __str__(self) -> str:
        return self.title


class Dismissal(models.Model):
    """Somebody has read an announcement and need not see it on the first page any more."""

    announcement = models.ForeignKey(Announcement, on_delete=models.CASCADE, related_name="dismissals")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["announcement", "user"], name="dismissed_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.announcement}"
