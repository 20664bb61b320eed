"""Where a person or a cohort stands. Reads only, in a few queries whatever the size of the course."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db.models import Case, Count, DateTimeField, F, Max, Min, Q, QuerySet, Value, When
from django.db.models.functions import NullIf
from django.utils import timezone

from grader.verdict import SPENDS_NO_TRY, Kind, State, Word
from zero_to_gpt.accounts.models import User
from zero_to_gpt.catalog.models import Course, Exercise
from zero_to_gpt.cohorts.deadlines import (
    Calendar,
    Due,
    calendar_of,
    calendars_for,
    nearest,
    overrides_in,
)
from zero_to_gpt.cohorts.models import Cohort, Membership, Override, Role
from zero_to_gpt.cohorts.roles import students_of, ungraded
from zero_to_gpt.fleet.models import WorkerSign
from zero_to_gpt.submissions.models import OpenedSolution, Submission

STUCK_TRIES = 5
SOON = datetime.timedelta(days=7)
NO_TRY = sorted(word.value for word in SPENDS_NO_TRY)


class Standing(StrEnum):
    """How far one person is with one exercise."""

    PASSED = "passed"
    TRIED = "tried"
    OPEN = "open"
    WAITING = "waiting"  # something it builds on has not been passed: advice, not a lock
    PREPARING = "preparing"  # its expected values are still being computed


@dataclass(frozen=True)
class Row:
    """One exercise for one person. `exercise` has module, lesson and current revision joined."""

    exercise: Any
    standing: Standing
    best: float
    possible: float
    tries: int
    runs: int
    last: datetime.datetime | None
    waiting_for: tuple[str, ...]
    opened: datetime.datetime | None = None  # the solution, before it was passed
    due: Due | None = None
    on_time: float | None = None  # the best points until then; None where nothing is due
    override: Override | None = None  # for those pages that tell it

    @property
    def passed(self) -> bool:
        return self.standing is Standing.PASSED

    @property
    def late(self) -> bool:
        return _late(self.best, self.on_time)

    @property
    def soon(self) -> bool:
        """Whether it is still to be passed, and in this week."""
        return (
            not (self.passed or self.due is None or self.due.past) and self.due.moment - SOON < timezone.now()
        )


@dataclass(frozen=True)
class Cell:
    """One exercise of one student in a cohort's grid. `opened`: the solution, before it was passed."""

    passed: bool
    tries: int
    best: float
    opened: bool
    last: datetime.datetime | None
    due: Due | None = None
    on_time: float | None = None  # the best points until then; None where nothing is due
    override: Override | None = None

    @property
    def late(self) -> bool:
        return _late(self.best, self.on_time)

    @property
    def counts(self) -> float:
        """The points in this cohort's marks, whenever they came."""
        return self.override.points if self.override else self.best

    @property
    def counts_on_time(self) -> float:
        """The same of what came in time, where something is due."""
        return self.counts if self.override or self.on_time is None else self.on_time

    @property
    def missed(self) -> bool:
        """Whether it was due and nothing that passes has come."""
        return self.due is not None and self.due.past and not self.passed

    @property
    def stuck(self) -> bool:
        return not self.passed and self.tries >= STUCK_TRIES


@dataclass(frozen=True)
class GridRow:
    student: User
    cells: tuple[Cell, ...]
    passed: int
    ungraded: bool
    last: datetime.datetime | None


@dataclass(frozen=True)
class Grid:
    """`due`: the deadline of each exercise, None for one that has none."""

    exercises: tuple[Any, ...]
    rows: tuple[GridRow, ...]
    due: tuple[Due | None, ...]


@dataclass(frozen=True)
class CohortSummary:
    """One cohort among others, for admins."""

    cohort: Cohort
    students: int
    passed: int
    active: int


def standing(user: User, course: Course, *, within: Cohort | None = None) -> list[Row]:
    """Every published exercise of the course in order, with how far this person is. Four queries.

    `within`: deadlines of this cohort alone, for those who teach it.
    """
    exercises = list(Exercise.objects.published().with_readiness().filter(module__course=course))
    calendars = calendars_for(user, course.pk) if within is None else [calendar_of(within)]
    dues = {each.pk: due for each in exercises if (due := nearest(calendars, each, user)) is not None}
    mine = Submission.objects.filter(user=user)
    counted = {row["exercise_id"]: row for row in _counted(mine, due=dues)}
    passed = {exercise.name for exercise in exercises if counted.get(exercise.pk, {}).get("passed")}
    opened = dict(OpenedSolution.objects.filter(user=user).values_list("exercise_id", "opened"))
    return [
        _row(
            exercise,
            counted.get(exercise.pk, {}),
            passed,
            opened.get(exercise.pk),
            dues.get(exercise.pk),
        )
        for exercise in exercises
    ]


def passed_of(user: User, exercises: Iterable[int]) -> set[int]:
    """Which of these exercises (keys) this person has passed."""
    mine = Submission.objects.filter(user=user, exercise__in=list(exercises), kind=Kind.SUBMIT)
    found = mine.filter(state=State.GRADED, word=Word.PASSED).order_by()
    return set(found.values_list("exercise_id", flat=True).distinct())


def next_step(rows: list[Row]) -> Row | None:
    """Where to go on: the exercise worked on last if unfinished, otherwise the first that is open."""
    unfinished = [row for row in rows if row.last and not row.passed]
    if unfinished:
        return max(unfinished, key=lambda row: row.last or timezone.now())
    return next((row for row in rows if row.standing is Standing.OPEN), None)


def cohort_grid(cohort: Cohort) -> Grid:
    """Students against exercises. At most eight queries. Who read the answers as an author is ungraded."""
    exercises = tuple(Exercise.objects.published().filter(module__course=cohort.course_id))
    students = students_of(cohort)
    calendar = calendar_of(cohort)
    dues = {each.pk: Due(found.due, cohort) for each in exercises if (found := calendar.deadline(each))}
    theirs = Submission.objects.filter(user__in=students)
    counted: dict[tuple[int, int], dict[str, Any]] = {}
    for row in _counted(theirs, "user_id", due=dues):
        counted[row["user_id"], row["exercise_id"]] = row
    extended = _on_time_extended(theirs, calendar, exercises)
    opened = set(OpenedSolution.objects.filter(user__in=students).values_list("user_id", "exercise_id"))
    authors = set(ungraded(cohort.course_id).values_list("pk", flat=True))
    overrides = overrides_in(cohort)
    rows = []
    for student in students:
        mine = [counted.get((student.pk, exercise.pk), {}) for exercise in exercises]
        cells = tuple(
            Cell(
                bool(row.get("passed")),
                row.get("tries", 0),
                _best(exercise, row),
                (student.pk, exercise.pk) in opened,
                row.get("last"),
                due := calendar.due(exercise, student.pk),
                _on_time(exercise, due, extended.get((student.pk, exercise.pk)) or row.get("on_time")),
                overrides.get((student.pk, exercise.pk)),
            )
            for exercise, row in zip(exercises, mine, strict=True)
        )
        seen = [row["last"] for row in mine if row.get("last")]
        passed = sum(cell.passed for cell in cells)
        rows.append(GridRow(student, cells, passed, student.pk in authors, max(seen) if seen else None))
    return Grid(exercises, tuple(rows), tuple(dues.get(exercise.pk) for exercise in exercises))


def _on_time_extended(
    submissions: QuerySet[Submission], calendar: Calendar, exercises: Iterable[Exercise]
) -> dict[tuple[int, int], float]:
    """Where somebody has more time than the others: the largest share of the points in it, by the keys of
    student and exercise. One query if anybody has."""
    places: dict[int, list[int]] = {}
    for exercise in exercises:
        if (deadline := calendar.deadline(exercise)) is not None:
            places.setdefault(deadline.pk, []).append(exercise.pk)
    until = {
        (user, place): due
        for (deadline, user), due in calendar.extensions.items()
        for place in places.get(deadline, ())
    }
    if not until:
        return {}
    users, asked = {user for user, _ in until}, {place for _, place in until}
    graded = submissions.filter(user__in=users, exercise__in=asked, kind=Kind.SUBMIT, state=State.GRADED)
    found: dict[tuple[int, int], float] = {}
    columns = ("user_id", "exercise_id", "created", "points", "possible")
    for user, place, created, points, possible in graded.order_by().values_list(*columns):
        due = until.get((user, place))
        if due is not None and created <= due and points is not None and possible:
            found[user, place] = max(found.get((user, place), 0.0), points / possible)
    return found


def cohort_summaries(cohorts: QuerySet[Cohort]) -> list[CohortSummary]:
    """How each cohort does in its course: students, exercises passed by them, students active this week."""
    week = timezone.now() - datetime.timedelta(days=7)
    students: dict[int, list[int]] = {cohort.pk: [] for cohort in cohorts}
    for cohort_id, user_id in Membership.objects.filter(cohort__in=cohorts, role=Role.STUDENT).values_list(
        "cohort_id", "user_id"
    ):
        students[cohort_id].append(user_id)
    everybody = {user_id for members in students.values() for user_id in members}
    shown = Exercise.objects.published().order_by().values("pk")
    done: dict[tuple[int, int], int] = {}
    active: set[tuple[int, int]] = set()
    for row in (
        Submission.objects.filter(user__in=everybody, exercise__in=shown)
        .order_by()
        .values("user_id", "exercise__module__course_id")
        .annotate(
            passed=Count(
                "exercise", distinct=True, filter=Q(kind=Kind.SUBMIT, state=State.GRADED, word=Word.PASSED)
            ),
            last=Max("created"),
        )
    ):
        where = row["user_id"], row["exercise__module__course_id"]
        done[where] = row["passed"]
        if row["last"] > week:
            active.add(where)
    return [
        CohortSummary(
            cohort=cohort,
            students=len(students[cohort.pk]),
            passed=sum(done.get((user_id, cohort.course_id), 0) for user_id in students[cohort.pk]),
            active=sum((user_id, cohort.course_id) in active for user_id in students[cohort.pk]),
        )
        for cohort in cohorts
    ]


@dataclass(frozen=True)
class SliceRow:
    """One slice of a GPU as its worker told it last."""

    uuid: str
    name: str
    memory_mb: int
    state: str
    reason: str
    since: datetime.datetime | None
    job: str
    jobs: int
    history: tuple[tuple[datetime.datetime, str], ...]  # the newest first


def slices_of(sign: WorkerSign) -> tuple[SliceRow, ...]:
    """The slices that a GPU worker told of, for the fleet page."""

    def moment(seconds: float) -> datetime.datetime:
        return datetime.datetime.fromtimestamp(seconds, datetime.UTC)

    return tuple(
        SliceRow(
            uuid=each["uuid"],
            name=each["name"],
            memory_mb=each["memory_mb"],
            state=each["state"],
            reason=each["reason"],
            since=moment(each["since"]) if each["since"] else None,
            job=each["job"],
            jobs=each["jobs"],
            history=tuple((moment(at), what) for at, what in reversed(each["history"])),
        )
        for each in sign.gpus.get("slices", [])
    )


@dataclass(frozen=True)
class QueueState:
    """What waits and what broke, for the fleet page."""

    queued: int
    running: int
    oldest_seconds: float | None
    broken: tuple[Submission, ...]
    phases: tuple[tuple[str, float, float], ...]  # (name, p50, p95) in seconds over recent verdicts


def queue_state(*, recent: int = 200) -> QueueState:
    """The queue now, the last broken submissions, and how long each phase took lately."""
    now = timezone.now()
    active = Submission.objects.active().aggregate(
        queued=Count("pk", filter=Q(state=State.QUEUED)),
        running=Count("pk", filter=Q(state=State.RUNNING)),
        oldest=Min("queued_at", filter=Q(state=State.QUEUED)),
    )
    broken = (
        Submission.objects.filter(state=State.BROKEN)
        .select_related("user", "exercise")
        .defer("verdict", "source")
        .order_by("-finished_at")[:20]
    )
    times: dict[str, list[float]] = {}
    graded = Submission.objects.filter(state=State.GRADED).order_by("-pk")
    for phases in graded.values_list("phases", flat=True)[:recent]:
        for name, seconds in phases.items():
            times.setdefault(name, []).append(seconds)
    return QueueState(
        queued=active["queued"],
        running=active["running"],
        oldest_seconds=(now - active["oldest"]).total_seconds() if active["oldest"] else None,
        broken=tuple(broken),
        phases=tuple((name, _quantile(found, 0.5), _quantile(found, 0.95)) for name, found in times.items()),
    )


def _quantile(found: list[float], share: float) -> float:
    return sorted(found)[min(len(found) - 1, int(len(found) * share))]


def _counted(submissions: QuerySet[Submission], *by: str, due: Mapping[int, Due] | None = None) -> Any:
    """Per exercise: whether it was passed, the largest share of its points, tries and runs.

    A share, because the exercise may have had other points when that was handed in. `due`, by the keys of
    exercises, adds `on_time`: the largest share of what came until then.
    """
    graded = Q(kind=Kind.SUBMIT, state=State.GRADED)
    share = F("points") / NullIf(F("possible"), 0.0)
    counted = {
        "passed": Count("pk", filter=graded & Q(word=Word.PASSED)),
        "tries": Count("pk", filter=graded & ~Q(word__in=NO_TRY)),
        "runs": Count("pk", filter=Q(kind=Kind.RUN)),
        "share": Max(share, filter=graded),
        "last": Max("created"),
    }
    if due:
        moments = (When(exercise_id=key, then=Value(each.moment)) for key, each in due.items())
        until = Case(*moments, output_field=DateTimeField())
        counted["on_time"] = Max(share, filter=graded & Q(created__lte=until))
    return submissions.order_by().values("exercise_id", *by).annotate(**counted)


def _best(exercise: Any, counted: dict[str, Any]) -> float:
    """The best points, in those that the exercise has today."""
    return _points(exercise, counted.get("share"))


def _points(exercise: Any, share: float | None) -> float:
    return round((share or 0.0) * float(exercise.current.possible), 2)


def _on_time(exercise: Any, due: Due | None, share: float | None) -> float | None:
    """The best points until then; None where nothing is due."""
    return None if due is None else _points(exercise, share)


def _late(best: float, on_time: float | None) -> bool:
    """Whether points came after the deadline."""
    return on_time is not None and best > on_time


def _row(
    exercise: Any,
    counted: dict[str, Any],
    passed: set[str],
    opened: datetime.datetime | None,
    due: Due | None,
) -> Row:
    waiting_for = tuple(name for name in exercise.current.requires if name not in passed)
    if counted.get("passed"):
        standing = Standing.PASSED
    elif not exercise.ready:
        standing = Standing.PREPARING
    elif counted.get("tries"):
        standing = Standing.TRIED
    elif waiting_for:
        standing = Standing.WAITING
    else:
        standing = Standing.OPEN
    return Row(
        exercise=exercise,
        standing=standing,
        best=_best(exercise, counted),
        possible=exercise.current.possible,
        tries=counted.get("tries", 0),
        runs=counted.get("runs", 0),
        last=counted.get("last"),
        waiting_for=waiting_for,
        opened=opened,
        due=due,
        on_time=_on_time(exercise, due, counted.get("on_time")),
    )
