"""Deadlines of a cohort, extensions of them, and marks that somebody who teaches has set. Nobody else writes
these rows; what they mean for somebody is asked here, too.

Nothing is refused after a deadline: what is handed in later is graded as ever, and counts as late.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.utils import timezone
from django.utils.timesince import timesince, timeuntil

from zero_to_gpt.accounts.models import DeedKind, User
from zero_to_gpt.accounts.record import note
from zero_to_gpt.catalog.models import Exercise, Module
from zero_to_gpt.cohorts.models import Cohort, Deadline, Extension, Membership, Override, Role

EARLIEST = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)
LATEST = datetime.datetime(2100, 1, 1, tzinfo=datetime.UTC)


class Unfit(ValueError):
    """This cannot be set so. The text is for who asked."""


@dataclass(frozen=True)
class Due:
    """Until when one person's work on an exercise is on time, and in which cohort."""

    moment: datetime.datetime
    cohort: Cohort
    extended: bool = False

    @property
    def past(self) -> bool:
        return self.moment < timezone.now()

    @property
    def distance(self) -> str:
        """`in 2 days`, or `3 hours ago`."""
        now = timezone.now()
        if self.past:
            return f"{timesince(self.moment, now, depth=1)} ago"
        return f"in {timeuntil(self.moment, now, depth=1)}"


@dataclass(frozen=True)
class Calendar:
    """The deadlines of one cohort by the keys of exercises and modules; extensions by those of deadline and
    student."""

    cohort: Cohort
    of_exercises: dict[int, Deadline] = field(default_factory=dict)
    of_modules: dict[int, Deadline] = field(default_factory=dict)
    extensions: dict[tuple[int, int], datetime.datetime] = field(default_factory=dict)

    def add(self, deadline: Deadline, extensions: Mapping[int, datetime.datetime]) -> None:
        """Take in a deadline and who has more time until when."""
        if deadline.exercise_id is not None:
            self.of_exercises[deadline.exercise_id] = deadline
        elif deadline.module_id is not None:
            self.of_modules[deadline.module_id] = deadline
        self.extensions.update({(deadline.pk, user): due for user, due in extensions.items()})

    def deadline(self, exercise: Exercise) -> Deadline | None:
        return self.of_exercises.get(exercise.pk) or self.of_modules.get(exercise.module_id)

    def due(self, exercise: Exercise, user: int) -> Due | None:
        """Until when this person's (their key's) work is on time; None where nothing is due."""
        deadline = self.deadline(exercise)
        if deadline is None:
            return None
        later = self.extensions.get((deadline.pk, user))
        return Due(later or deadline.due, self.cohort, later is not None)


def calendar_of(cohort: Cohort) -> Calendar:
    """The deadlines of a cohort with everybody's extensions. One query."""
    calendar = Calendar(cohort)
    rows = Deadline.objects.filter(cohort=cohort).order_by()
    for each in rows.annotate(student=F("extensions__user"), later=F("extensions__due")):
        calendar.add(each, {} if each.student is None else {each.student: each.later})
    return calendar


def calendars_for(user: User, course: int) -> list[Calendar]:
    """The deadlines that one student has in a course (its key), with their own extensions: one query."""
    mine = Membership.objects.filter(user=user, role=Role.STUDENT, cohort__course_id=course)
    own = Extension.objects.filter(deadline=OuterRef("pk"), user=user).order_by()
    found = Deadline.objects.filter(cohort__in=mine.values("cohort")).select_related("cohort")
    calendars: dict[int, Calendar] = {}
    for each in found.annotate(later=Subquery(own.values("due")[:1])):
        calendar = calendars.setdefault(each.cohort_id, Calendar(each.cohort))
        calendar.add(each, {} if each.later is None else {user.pk: each.later})
    return list(calendars.values())


def nearest(calendars: list[Calendar], exercise: Exercise, user: User) -> Due | None:
    """The deadline to name to somebody in several cohorts: the first to come, else the last that is over."""
    found = [due for each in calendars if (due := each.due(exercise, user.pk)) is not None]
    coming = [due for due in found if not due.past]
    if coming:
        return min(coming, key=lambda due: due.moment)
    return max(found, key=lambda due: due.moment, default=None)


def set_deadline(
    *,
    cohort: Cohort,
    due: datetime.datetime,
    by: User,
    module: Module | None = None,
    exercise: Exercise | None = None,
) -> Deadline:
    """Set or move the deadline of a module or an exercise. Extensions that it overtakes end. Raises Unfit."""
    if (module is None) == (exercise is None):
        raise TypeError("a deadline is for a module or for an exercise")
    place = module.course_id if module is not None else exercise.module.course_id if exercise else None
    if place != cohort.course_id:
        raise Unfit("This is no part of the course that the cohort follows.")
    _fit(due)
    with transaction.atomic():
        deadline, _ = Deadline.objects.update_or_create(
            cohort=cohort,
            module=module,
            exercise=exercise,
            defaults={"due": due, "by": by, "changed": timezone.now()},
        )
        deadline.extensions.filter(due__lte=due).delete()
        note(DeedKind.DEADLINE, who=by, about=_named(deadline), detail=_said(due))
    return deadline


def remove_deadline(*, deadline: Deadline, by: User) -> None:
    """Let it be due no more; its extensions go with it."""
    with transaction.atomic():
        note(DeedKind.DEADLINE_REMOVED, who=by, about=_named(deadline), detail=_said(deadline.due))
        deadline.delete()


def extend(
    *, deadline: Deadline, student: User, due: datetime.datetime, by: User, reason: str = ""
) -> Extension:
    """Give one student of the cohort more time, or other. Raises Unfit."""
    _fit(due)
    with transaction.atomic():
        held = Deadline.objects.select_for_update().filter(pk=deadline.pk).order_by("pk").first()
        if held is None:
            raise Unfit("This deadline was removed meanwhile.")
        if not Membership.objects.filter(cohort=held.cohort_id, user=student, role=Role.STUDENT).exists():
            raise Unfit(f"{student.name} is no student of this cohort.")
        if due <= held.due:
            raise Unfit("An extension ends after the deadline. Choose a later moment, or move the deadline.")
        note(DeedKind.EXTENDED, who=by, whom=student, about=_named(held), detail=_said(due))
        return Extension.objects.update_or_create(
            deadline=held,
            user=student,
            defaults={"due": due, "by": by, "reason": reason, "given": timezone.now()},
        )[0]


def end_extension(*, extension: Extension, by: User) -> None:
    """Take it back: the deadline of everybody counts again."""
    with transaction.atomic():
        about = _named(extension.deadline)
        note(DeedKind.EXTENSION_ENDED, who=by, whom=extension.user, about=about, detail=_said(extension.due))
        extension.delete()


def override(
    *, cohort: Cohort, student: User, exercise: Exercise, points: float, reason: str, by: User
) -> Override:
    """Set what somebody's work on an exercise counts in this cohort. Takes the place of an earlier one, which
    stays as ended. Raises Unfit."""
    possible = exercise.current.possible if exercise.current else 0.0
    if not 0 <= points <= possible:  # also what is no number
        raise Unfit(f"This exercise has {possible:g} points: write a number from 0 to {possible:g}.")
    if not reason.strip():
        raise Unfit("Say why: the student reads it, and so does whoever teaches here after you.")
    with transaction.atomic():
        Cohort.objects.select_for_update(no_key=True).get(pk=cohort.pk)
        if not Membership.objects.filter(cohort=cohort, user=student, role=Role.STUDENT).exists():
            raise Unfit(f"{student.name} is no student of this cohort.")
        _end(cohort, student, exercise, by)
        about = f"{exercise.name}, {cohort.name}"
        note(DeedKind.POINTS, who=by, whom=student, about=about, detail=f"{points:g} of {possible:g}")
        return Override.objects.create(
            cohort=cohort, user=student, exercise=exercise, points=points, reason=reason.strip(), by=by
        )


def end_override(*, cohort: Cohort, student: User, exercise: Exercise, by: User) -> bool:
    """Let the verdicts count again. Whether there was something to end."""
    with transaction.atomic():
        ended = bool(_end(cohort, student, exercise, by))
        if ended:
            about = f"{exercise.name}, {cohort.name}"
            note(DeedKind.POINTS_ENDED, who=by, whom=student, about=about)
    return ended


def overrides_for(user: User, course: int, *, within: Cohort | None = None) -> dict[int, Override]:
    """What counts now instead of one student's verdicts in a course (its key), by the key of the exercise.

    One query. In several cohorts the last one counts; `within` looks at one.
    """
    mine = Membership.objects.filter(user=user, role=Role.STUDENT, cohort__course_id=course)
    found = Override.objects.filter(user=user, ended=None, cohort__in=mine.values("cohort"))
    if within is not None:
        found = found.filter(cohort=within)
    return {each.exercise_id: each for each in found.select_related("cohort", "by").order_by("since", "pk")}


def overrides_of(student: User, cohort: Cohort) -> QuerySet[Override]:
    """All points that were ever set by hand for a student in a cohort, newest first."""
    found = Override.objects.filter(cohort=cohort, user=student)
    return found.select_related("exercise__current", "exercise__module", "by", "ended_by")


def overrides_in(cohort: Cohort) -> dict[tuple[int, int], Override]:
    """What counts now instead of verdicts, by the keys of student and exercise: one query."""
    found = Override.objects.filter(cohort=cohort, ended=None).order_by()
    return {(each.user_id, each.exercise_id): each for each in found}


def _end(cohort: Cohort, student: User, exercise: Exercise, by: User) -> int:
    standing = Override.objects.filter(cohort=cohort, user=student, exercise=exercise, ended=None)
    return standing.update(ended=timezone.now(), ended_by=by)


def _fit(due: datetime.datetime) -> None:
    if not EARLIEST <= due < LATEST:
        raise Unfit("Choose a moment between the years 2000 and 2099.")


def _named(deadline: Deadline) -> str:
    return f"{deadline.place}, {deadline.cohort.name}"


def _said(due: datetime.datetime) -> str:
    return f"{due:%Y-%m-%d %H:%M} UTC"
