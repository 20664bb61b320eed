"""A cohort's marks as tables for spreadsheets and programs: one row for each student, or for each exercise of
each. Reads only.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from zero_to_gpt import spreadsheet
from zero_to_gpt.progress.queries import Grid

MARK = "\ufeff"
"""Without it Excel reads UTF-8 as something else."""


def wide(grid: Grid) -> str:
    """One row for each student: the points of each exercise, and their sum. What was not begun is empty."""
    whole = sum(exercise.current.possible for exercise in grid.exercises)
    names = [f"{exercise.name} (of {exercise.current.possible:g})" for exercise in grid.exercises]
    head = ["name", "email", "ungraded", "passed", f"points (of {whole:g})", *names]
    return _table(
        head,
        (
            [
                row.student.name,
                row.student.email,
                _yes(row.ungraded),
                row.passed,
                _number(sum(cell.best for cell in row.cells)),
                *(_number(cell.best) if cell.tries else "" for cell in row.cells),
            ]
            for row in grid.rows
        ),
    )


def long(grid: Grid) -> str:
    """One row for each student and exercise that was begun."""
    head = ["name", "email", "ungraded", "exercise", "title", "points", "possible", "passed", "tries"]
    return _table(
        [*head, "solution opened before passing", "last handed in (UTC)"],
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
                cell.last.strftime("%Y-%m-%d %H:%M") if cell.last else "",
            ]
            for row in grid.rows
            for exercise, cell in zip(grid.exercises, row.cells, strict=True)
            if cell.last or cell.opened
        ),
    )


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
