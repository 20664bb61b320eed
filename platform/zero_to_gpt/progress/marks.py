"""A cohort's marks as tables for spreadsheets and programs: one row for each student, or for each exercise of
each. Reads only.
"""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Iterable, Sequence
from typing import Any

from zero_to_gpt import spreadsheet
from zero_to_gpt.cohorts.deadlines import Due
from zero_to_gpt.progress.queries import Cell, Grid, GridRow

MARK = "\ufeff"
"""Without it Excel reads UTF-8 as something else."""


def wide(grid: Grid) -> str:
    """One row for each student: the points of each exercise, and their sum. What was not begun is empty.

    Where something is due, beside it what came in time; with overrides a last column that names them.
    """
    whole = sum(exercise.current.possible for exercise in grid.exercises)
    names: list[str] = []
    for exercise, due in zip(grid.exercises, grid.due, strict=True):
        of = f"(of {exercise.current.possible:g})"
        names += [f"{exercise.name} {of}", *([f"{exercise.name} on time {of}"] if due else [])]
    dues = any(grid.due)
    head = ["name", "email", "ungraded", "passed", f"points (of {whole:g})"]
    if dues:
        head.append(f"points on time (of {whole:g})")
    overrides = any(cell.override for row in grid.rows for cell in row.cells)
    return _table(
        [*head, *names, *(["set by hand"] if overrides else [])],
        (
            [
                row.student.name,
                row.student.email,
                _yes(row.ungraded),
                row.passed,
                _number(sum(cell.counts for cell in row.cells)),
                *([_number(sum(cell.counts_on_time for cell in row.cells))] if dues else []),
                *(mark for at, cell in enumerate(row.cells) for mark in _marks(cell, grid.due[at])),
                *([_overridden(grid, row)] if overrides else []),
            ]
            for row in grid.rows
        ),
    )


def _marks(cell: Cell, due: Due | None) -> list[str]:
    begun = cell.tries or cell.override
    found = [_number(cell.counts) if begun else ""]
    if due is not None:
        found.append(_number(cell.counts_on_time) if begun else "")
    return found


def _overridden(grid: Grid, row: GridRow) -> str:
    pairs = zip(grid.exercises, row.cells, strict=True)
    return "; ".join(exercise.name for exercise, cell in pairs if cell.override)


def long(grid: Grid) -> str:
    """One row for each student and exercise that was begun, or set by hand."""
    head = ["name", "email", "ungraded", "exercise", "title", "points", "possible", "passed", "tries"]
    more = [
        "solution opened before passing",
        "last handed in (UTC)",
        "due (UTC)",
        "extended",
        "points on time",
    ]
    return _table(
        [*head, *more, "points set by hand", "why"],
        (
            [
                row.student.name,
                row.student.email,
                _yes(row.ungraded),
                exercise.name,
                exercise.title,
                _number(cell.best),
                _number(exercise.current.possible),
                _yes(cell.passed),
                cell.tries,
                _yes(cell.opened),
                _moment(cell.last),
                _moment(cell.due.moment) if cell.due else "",
                _yes(cell.due.extended) if cell.due else "",
                _number(cell.on_time) if cell.on_time is not None else "",
                _number(cell.override.points) if cell.override else "",
                cell.override.reason if cell.override else "",
            ]
            for row in grid.rows
            for exercise, cell in zip(grid.exercises, row.cells, strict=True)
            if cell.last or cell.opened or cell.override
        ),
    )


def _moment(moment: datetime.datetime | None) -> str:
    return moment.strftime("%Y-%m-%d %H:%M") if moment else ""


def _table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    written = io.StringIO()
    table = csv.writer(written)
    for row in (head, *rows):
        table.writerow([spreadsheet.plain(value) for value in row])
    return MARK + written.getvalue()


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _number(value: float) -> str:
    return f"{round(value, 2):g}"
