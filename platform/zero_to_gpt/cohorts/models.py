"""Cohorts, who belongs to them in which role, who is invited, and who writes a course.

Who may see whom: roles.py.
"""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from zero_to_gpt.catalog.models import Course


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
