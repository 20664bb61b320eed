"""What somebody's runs of an exercise logged: listed, compared, and as a table for programs. Reads only.

Names, texts and numbers are a learner's program's. A page escapes them; a spreadsheet must not take them for
formulas.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from zero_to_gpt import spreadsheet
from zero_to_gpt.accounts.models import User
from zero_to_gpt.catalog.models import Exercise
from zero_to_gpt.submissions.models import Event, EventKind, Submission

MOST_LISTED = 50
MOST_COMPARED = 4


@dataclass(frozen=True)
class LoggedRun:
    """A submission that logged points: how many, the last of them, and what it said it was made with."""

    submission: Submission
    points: int
    last: dict[str, float | None]
    config: dict[str, Any]


@dataclass(frozen=True)
class Setting:
    """One name of the configurations of compared runs. `differs`: not all of them say the same."""

    name: str
    values: list[Any]
    differs: bool


def any_logged(submissions: Sequence[Submission]) -> bool:
    return Event.objects.filter(
        submission__in=[each.pk for each in submissions], kind=EventKind.METRIC
    ).exists()


def logged(user: User, exercise: Exercise) -> list[LoggedRun]:
    """The newest of this person's submissions that logged something. Four queries."""
    newest = Submission.objects.filter(user=user, exercise=exercise).order_by("-pk")
    mine = {each.pk: each for each in newest.defer("verdict", "source")[:MOST_LISTED] if each.finished}
    begun = Event.objects.filter(submission=OuterRef("submission"), kind=EventKind.RUNNING).order_by("-pk")
    counts = Q(pk__gt=Coalesce(Subquery(begun.values("pk")[:1]), 0))  # of the last attempt, as `drawn`
    said = Event.objects.filter(counts, submission__in=mine).order_by()
    counted = (
        said.filter(kind=EventKind.METRIC)
        .values("submission_id")
        .annotate(points=Count("pk"), last=Max("pk"))
    )
    found = {row["submission_id"]: row for row in counted}
    last = Event.objects.in_bulk([row["last"] for row in found.values()])
    configs: dict[int, dict[str, Any]] = {}
    for pk, data in said.filter(kind=EventKind.CONFIG).order_by("pk").values_list("submission_id", "data"):
        configs.setdefault(pk, {}).update(data["config"])
    return [
        LoggedRun(each, row["points"], last[row["last"]].data["metric"]["values"], configs.get(pk, {}))
        for pk, each in mine.items()
        if (row := found.get(pk))
    ]


def chosen(runs: Sequence[LoggedRun], numbers: Iterable[str]) -> list[LoggedRun]:
    """Those asked for, at most four; the newest two if none of them is asked for."""
    wanted = set(numbers)
    found = [run for run in runs if str(run.submission.pk) in wanted][:MOST_COMPARED]
    return found or list(runs[:2])


def settings_of(runs: Sequence[LoggedRun]) -> list[Setting]:
    """The configurations side by side, what differs first. A name that a run does not have is None."""
    names = dict.fromkeys(name for run in runs for name in run.config)
    rows = []
    for name in names:
        values = [run.config.get(name) for run in runs]
        rows.append(Setting(name, values, any(value != values[0] for value in values)))
    return sorted(rows, key=lambda row: not row.differs)


def points_of(run: LoggedRun) -> list[dict[str, Any]]:
    """Every point that was logged, in order: {"step", "values"}."""
    return [data["metric"] for kind, data in run.submission.drawn() if kind == EventKind.METRIC]


def as_csv(runs: Sequence[LoggedRun]) -> str:
    """One row for each run and step: what the run was made with, then what it logged there, each by name.

    Not every database keeps the order in which names were logged.
    """
    points = [points_of(run) for run in runs]
    configs = sorted({name for run in runs for name in run.config})
    names = sorted({name for mine in points for point in mine for name in point["values"]})
    written = io.StringIO()
    table = csv.writer(written)
    head = ["submission", *[f"config.{name}" for name in configs], "step", *names]
    table.writerow(map(spreadsheet.plain, head))
    for run, mine in zip(runs, points, strict=True):
        made = [spreadsheet.plain(run.config.get(name)) for name in configs]
        for point in mine:
            values = [point["values"].get(name) for name in names]
            table.writerow([run.submission.pk, *made, point["step"], *values])
    return written.getvalue()
