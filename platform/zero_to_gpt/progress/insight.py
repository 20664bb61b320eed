"""How the students of a cohort do with one exercise, for those who teach it. Only Submits count.

Reads only, in a few queries whatever the size of the cohort; of the Submits that did not pass, the newest
MOST_READ are read whole.
"""

from __future__ import annotations

import datetime
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from grader.verdict import SPENDS_NO_TRY, Kind, ProbeWord, State, Word
from zero_to_gpt.accounts.models import User
from zero_to_gpt.catalog.models import Exercise
from zero_to_gpt.cohorts.models import Cohort
from zero_to_gpt.cohorts.roles import students_of
from zero_to_gpt.progress.queries import STUCK_TRIES
from zero_to_gpt.submissions import submitting
from zero_to_gpt.submissions.models import OpenedSolution, Submission

MOST_READ = 400
MOST_TOLD = 12
"""Of the commonest mistakes, and of the checks that fail most."""
LAST_BAR = 6
"""Tries until passed are counted one by one up to here; the last bar is for this many and more."""


@dataclass(frozen=True)
class Theirs:
    """One student's newest Submit that shows something."""

    student: User
    submission: int


@dataclass(frozen=True)
class Bar:
    """How many students, as a bar. `share`: of all bars' whole, in per cent."""

    name: str
    count: int
    share: float


@dataclass(frozen=True)
class TaskRow:
    """How many of those who submitted pass a task: with any Submit if they passed, else with their newest."""

    id: int
    title: str
    passed: int
    share: float


@dataclass(frozen=True)
class Mistake:
    """Something that went wrong. `ever`: students who met it; `now`: whose newest Submit shows it."""

    text: str
    ever: int
    now: tuple[Theirs, ...]
    task: int = 0
    hidden: bool = False


@dataclass(frozen=True)
class Insight:
    """What the page tells. `minutes`: from the first Submit to the first that passed, at the median."""

    students: int
    began: int
    passed: int
    stuck: tuple[Theirs, ...]
    opened: int
    tries: float | None
    minutes: float | None
    bars: tuple[Bar, ...]
    tasks: tuple[TaskRow, ...]
    mistakes: tuple[Mistake, ...]
    checks: tuple[Mistake, ...]
    ends: tuple[tuple[str, tuple[Theirs, ...]], ...]
    broken: tuple[Theirs, ...]
    unread: int
    older: int
    outdated: int

    @property
    def open(self) -> int:
        """How many began and have not passed."""
        return self.began - self.passed


@dataclass
class _Student:
    user: User
    tries: int = 0
    first: datetime.datetime | None = None
    passed: datetime.datetime | None = None
    tries_to_pass: int = 0
    newest: int = 0
    newest_word: str = ""
    began: bool = False
    broken: int = 0

    @property
    def theirs(self) -> Theirs:
        return Theirs(self.user, self.newest)


@dataclass(frozen=True)
class _Read:
    """A Submit that did not pass."""

    submission: int
    user: int
    verdict: dict[str, Any]


@dataclass
class _Found:
    """Who showed one thing: ever, and with the newest Submit."""

    text: str
    task: int = 0
    hidden: bool = False
    ever: set[int] = field(default_factory=set)
    now: list[Theirs] = field(default_factory=list)


def insight(cohort: Cohort, exercise: Exercise) -> Insight:
    """How this cohort's students do with an exercise. Five queries; `exercise` has its revision joined."""
    students, wrong = _students(cohort, exercise)
    began = [each for each in students.values() if each.began]
    passed = [each for each in began if each.passed]
    read, older = _read(wrong[:MOST_READ], exercise)
    opened = OpenedSolution.objects.filter(user__in=list(students), exercise=exercise).count()
    mistakes, checks = _mistakes(students, read)
    return Insight(
        students=len(students),
        began=len(began),
        passed=len(passed),
        stuck=tuple(each.theirs for each in began if not each.passed and each.tries >= STUCK_TRIES),
        opened=opened,
        tries=statistics.median([each.tries_to_pass for each in passed]) if passed else None,
        minutes=_minutes(passed),
        bars=_bars(passed),
        tasks=_tasks(exercise, began, {each.submission: each.verdict for each in read}),
        mistakes=mistakes,
        checks=checks,
        ends=_ends(began),
        broken=tuple(Theirs(each.user, each.broken) for each in students.values() if each.broken),
        unread=max(0, len(wrong) - MOST_READ),
        older=older,
        outdated=len(submitting.outdated(users=list(students), exercise=exercise)),
    )


def _students(cohort: Cohort, exercise: Exercise) -> tuple[dict[int, _Student], list[int]]:
    """Every student of the cohort with how their Submits went; and the Submits that did not pass, newest
    first."""
    students = {user.pk: _Student(user) for user in students_of(cohort)}
    rows = (
        Submission.objects.filter(user__in=list(students), exercise=exercise, kind=Kind.SUBMIT)
        .order_by("pk")
        .values_list("pk", "user_id", "state", "word", "created")
    )
    wrong = []
    for pk, user_id, state, word, created in rows:
        student = students[user_id]
        if state == State.BROKEN:
            student.broken = pk
        if state != State.GRADED:
            continue
        student.began = True
        student.first = student.first or created
        student.newest, student.newest_word = pk, word
        student.tries += word not in SPENDS_NO_TRY
        if word != Word.PASSED:
            wrong.append(pk)
        elif student.passed is None:
            student.passed, student.tries_to_pass = created, student.tries
    return students, wrong[::-1]


def _read(wrong: Sequence[int], exercise: Exercise) -> tuple[list[_Read], int]:
    """These Submits with their verdicts, newest first, and how many were of another version of the exercise,
    whose tasks and checks may be others: those are left out."""
    current = exercise.current.grading_digest if exercise.current else ""
    wanted = Submission.objects.filter(pk__in=wrong, state=State.GRADED).order_by("-pk")
    found: Any = wanted.values_list("pk", "user_id", "verdict", "revision__grading_digest")
    read = [_Read(pk, user_id, verdict) for pk, user_id, verdict, digest in found if digest == current]
    return read, len(found) - len(read)


def _mistakes(
    students: dict[int, _Student], read: Sequence[_Read]
) -> tuple[tuple[Mistake, ...], tuple[Mistake, ...]]:
    """The misconceptions that were named, and the checks that failed: what most students show comes first."""
    newest = {each.newest: each.theirs for each in students.values() if not each.passed}
    named: dict[str, _Found] = {}
    failed: dict[tuple[int, str], _Found] = {}
    for each in read:
        met = []
        if text := each.verdict.get("diagnosis"):
            met.append(named.setdefault(text, _Found(text)))
        for probe in each.verdict.get("probes", []):
            if probe["word"] not in (ProbeWord.PASSED, ProbeWord.NOT_RUN):
                told = _Found(probe["title"], probe["task"], hidden=not probe["visible"])
                met.append(failed.setdefault((probe["task"], probe["title"]), told))
        for found in met:
            found.ever.add(each.user)
            if each.submission in newest:
                found.now.append(newest[each.submission])
    return _commonest(named.values()), _commonest(failed.values())


def _commonest(found: Iterable[_Found]) -> tuple[Mistake, ...]:
    ordered = sorted(found, key=lambda each: (-len(each.now), -len(each.ever), each.task, each.text))
    return tuple(
        Mistake(each.text, len(each.ever), tuple(each.now), each.task, each.hidden)
        for each in ordered[:MOST_TOLD]
    )


def _minutes(passed: Sequence[_Student]) -> float | None:
    spans = [(each.passed - each.first).total_seconds() / 60 for each in passed if each.passed and each.first]
    return statistics.median(spans) if spans else None


def _bars(passed: Sequence[_Student]) -> tuple[Bar, ...]:
    """How many tries it took, for those who passed."""
    counts = [0] * LAST_BAR
    for each in passed:
        counts[min(max(each.tries_to_pass, 1), LAST_BAR) - 1] += 1
    names = [*map(str, range(1, LAST_BAR)), f"{LAST_BAR} or more"]
    return tuple(
        Bar(name, count, 100 * count / max(counts))
        for name, count in zip(names, counts, strict=True)
        if passed
    )


def _tasks(exercise: Exercise, began: Sequence[_Student], read: dict[int, Any]) -> tuple[TaskRow, ...]:
    """Of whom the newest Submit was not read (it was of another version), no task counts."""
    tasks = exercise.current.tasks if exercise.current else []
    done: dict[int, int] = {}
    for each in began:
        if each.passed:
            passed = [task["id"] for task in tasks]
        else:
            seen = read.get(each.newest, {}).get("tasks", [])
            passed = [task["id"] for task in seen if task["passed"]]
        for task in passed:
            done[task] = done.get(task, 0) + 1
    return tuple(
        TaskRow(
            task["id"], task["title"], done.get(task["id"], 0), 100 * done.get(task["id"], 0) / len(began)
        )
        for task in tasks
        if began
    )


def _ends(began: Sequence[_Student]) -> tuple[tuple[str, tuple[Theirs, ...]], ...]:
    """Whose newest Submit came to no values, by the word of its verdict."""
    by_word: dict[str, list[Theirs]] = {}
    for each in began:
        if not each.passed and each.newest_word != Word.FAILED:
            by_word.setdefault(each.newest_word, []).append(each.theirs)
    return tuple((word, tuple(theirs)) for word, theirs in sorted(by_word.items()))
