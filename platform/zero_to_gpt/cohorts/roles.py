"""Who may see what: one concept, a role in a cohort. Staff of the site count as admins everywhere.

Invisible things answer 404 (a stranger does not learn that they exist), visible ones that need a
higher role answer 403.

Writing a course is a role of its own (`Authorship`): it belongs to a course, not to a cohort. Who teaches
some cohort may begin a course. A course that was written here is open to its authors, to the cohorts that
follow it and to staff; one that was shipped is open to everybody.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404

from zero_to_gpt.accounts.models import User
from zero_to_gpt.catalog.models import Course, Exercise, ExerciseQuerySet
from zero_to_gpt.cohorts.models import Authorship, Cohort, Invitation, Membership, Role


def cohorts_of(user: User | AnonymousUser, at_least: Role = Role.STUDENT) -> QuerySet[Cohort]:
    """The cohorts in which this person has at least that role; all of them for staff."""
    if not isinstance(user, User):
        return Cohort.objects.none()
    if user.is_staff:
        return Cohort.objects.all()
    return Cohort.objects.filter(
        Exists(Membership.objects.filter(cohort=OuterRef("pk"), user=user, role__in=Role.at_least(at_least)))
    )


def role_in(user: User | AnonymousUser, cohort: Cohort) -> Role | None:
    """This person's role in a cohort, or None for a stranger."""
    if not isinstance(user, User):
        return None
    if user.is_staff:
        return Role.ADMIN
    membership = Membership.objects.filter(cohort=cohort, user=user).first()
    return Role(membership.role) if membership else None


def cohort_for(user: User | AnonymousUser, slug: str, at_least: Role = Role.STUDENT) -> Cohort:
    """The cohort, if this person may; otherwise Http404 or PermissionDenied."""
    cohort = Cohort.objects.select_related("course").filter(slug=slug).first()
    role = role_in(user, cohort) if cohort else None
    if cohort is None or role is None:
        raise Http404("There is no such cohort.")
    if role.value not in Role.at_least(at_least):
        raise PermissionDenied(f"This page is for people who are at least {at_least.label.lower()} here.")
    return cohort


def students_of(cohort: Cohort) -> QuerySet[User]:
    """The people who learn in a cohort, by name."""
    found = User.objects.filter(memberships__cohort=cohort, memberships__role=Role.STUDENT)
    return found.order_by("display_name", "email")


def invitations_of(user: User) -> QuerySet[Invitation]:
    """The cohorts that this person is asked to join."""
    return Invitation.objects.filter(email=user.email.lower()).select_related("cohort", "by")


def taught_by(user: User) -> QuerySet[User]:
    """The people whose work this person may read because they teach them."""
    return User.objects.filter(
        Exists(
            Membership.objects.filter(
                user=OuterRef("pk"), cohort__in=cohorts_of(user, at_least=Role.INSTRUCTOR)
            )
        )
    )


def courses_taught_by(user: User) -> QuerySet[Course]:
    """The courses in which this person may read other people's work, where they teach those people: shipped
    ones, and those that a cohort follows which they teach, or that they write."""
    if user.is_staff:
        return Course.objects.all()
    taught = cohorts_of(user, at_least=Role.INSTRUCTOR).filter(course=OuterRef("pk"))
    return Course.objects.filter(Q(shipped=True) | Exists(taught) | Exists(_writes(user)))


def courses_of(user: User | AnonymousUser) -> QuerySet[Course]:
    """The courses that this person may open, shipped ones first."""
    everything = Course.objects.order_by("-shipped", "pk")
    if not isinstance(user, User):
        return everything.filter(shipped=True)
    if user.is_staff:
        return everything
    followed = Membership.objects.filter(user=user, cohort__course=OuterRef("pk"))
    return everything.filter(Q(shipped=True) | Exists(followed) | Exists(_writes(user)))


def exercises_of(user: User | AnonymousUser) -> ExerciseQuerySet:
    """The published exercises that this person may open."""
    return Exercise.objects.published().filter(module__course__in=courses_of(user))


def exercise_to_hand_in(user: User, **place: str) -> Exercise | None:
    """The one of `exercises_of` at a place (`name`, or the slugs of module and exercise), to be handed in to.

    Asked in two steps, because the first nearly always answers: what was shipped is open to everybody.
    """
    found: Exercise | None = Exercise.objects.to_hand_in().filter(**place).first()
    if found is None or found.module.course.shipped:
        return found
    return found if courses_of(user).filter(pk=found.module.course_id).exists() else None


def main_course(user: User | AnonymousUser) -> Course | None:
    """The course that pages show unless another one is asked for: that of the cohort joined last."""
    if isinstance(user, User):
        last = Membership.objects.filter(user=user, role=Role.STUDENT).select_related("cohort__course")
        membership = last.order_by("-joined", "-pk").first()
        if membership is not None:
            return membership.cohort.course
    return Course.objects.filter(shipped=True).order_by("pk").first()


@dataclass(frozen=True)
class Places:
    """Where somebody belongs: their cohorts, the course that pages show, and whether they teach."""

    cohorts: list[Cohort]
    course: Course | None
    teaches: bool


def places_of(user: User) -> Places:
    """What `cohorts_of` and `main_course` tell, for members of a cohort in one query."""
    memberships = list(
        Membership.objects.filter(user=user).select_related("cohort__course").order_by("-joined", "-pk")
    )
    learns = next((each for each in memberships if each.role == Role.STUDENT), None)
    mine = sorted((each.cohort for each in memberships), key=lambda cohort: cohort.name)
    return Places(
        list(cohorts_of(user)) if user.is_staff else mine,
        learns.cohort.course if learns else Course.objects.filter(shipped=True).order_by("pk").first(),
        user.is_staff or any(each.role != Role.STUDENT for each in memberships),
    )


def _writes(user: User) -> QuerySet[Authorship]:
    """This person's right to write the course of the query around it."""
    return Authorship.objects.filter(user=user, course=OuterRef("pk"))


def written_by(user: User | AnonymousUser) -> QuerySet[Course]:
    """The courses that this person may change: their own, or for staff all that were written here."""
    mine = Course.objects.filter(shipped=False).order_by("title", "pk")
    if not isinstance(user, User):
        return mine.none()
    return mine if user.is_staff else mine.filter(Exists(_writes(user)))


def written_alone_by(user: User) -> list[Course]:
    """The courses of which this person is the only author."""
    others = Authorship.objects.filter(course=OuterRef("pk")).exclude(user=user)
    mine = Course.objects.filter(Exists(_writes(user)), ~Exists(others))
    return list(mine.order_by("title", "pk"))


def copied_by(user: User | AnonymousUser) -> QuerySet[Course]:
    """The courses whose content this person may copy, and so read: shipped ones and their own.

    That a cohort of theirs follows somebody's course opens it to them, not its answers.
    """
    mine = written_by(user).order_by().values("pk")
    return Course.objects.filter(Q(shipped=True) | Q(pk__in=mine)).order_by("-shipped", "pk")


def may_write(user: User | AnonymousUser) -> bool:
    """Whether this person may begin a course: who teaches a cohort, who writes one already, and staff."""
    if not isinstance(user, User):
        return False
    if user.is_staff:
        return True
    writes = Authorship.objects.filter(user=OuterRef("pk"))
    teaches = Membership.objects.filter(user=OuterRef("pk"), role__in=Role.at_least(Role.INSTRUCTOR))
    return User.objects.filter(Exists(writes) | Exists(teaches), pk=user.pk).exists()


def ungraded(course: int) -> QuerySet[User]:
    """Who has read references of a course (its key): its authors, and those of courses with copies out of it,
    former ones too."""
    copied = Exercise.objects.filter(copied_from__module__course=course).values("module__course")
    readers = Authorship.with_ended.filter(Q(course=course) | Q(course__in=copied), user=OuterRef("pk"))
    return User.objects.filter(Exists(readers))
