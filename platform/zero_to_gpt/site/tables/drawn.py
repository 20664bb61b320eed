"""A grid as a table: the part of it that is drawn, its names, its marks, and the table of differences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from zero_to_gpt.site.tables.cells import cell_text, difference_cell, is_off
from zero_to_gpt.site.tables.previews import is_flat, shape_of

Json = Any
NONFINITE = ("nan", "inf", "-inf")
MOST_ROWS = 10
MOST_COLUMNS = 10
MOST_CELLS = 300
"""Cells of all tables that stand on a page at first; the rest is fetched by who wants it."""
EVERYTHING = 1 << 20


class Room:
    """How much may still be drawn: of one call, and of each table of it."""

    def __init__(self, whole: bool) -> None:
        self.rows, self.columns = (EVERYTHING, EVERYTHING) if whole else (MOST_ROWS, MOST_COLUMNS)
        self.cells = EVERYTHING if whole else MOST_CELLS

    def window(self, grid: list[list[Json]], at: tuple[int, int], tables: int) -> Window | None:
        """The part of a grid to draw, with the cell `at` in it; None where nothing is left."""
        rows, columns = len(grid), max(len(row) for row in grid)
        top, bottom = _span(rows, self.rows, at[0])
        left, right = _span(columns, self.columns, at[1])
        cells = (bottom - top) * (right - left) * tables
        if cells > self.cells:
            return None
        self.cells -= cells
        return Window(top, bottom, left, right, cut=(bottom - top, right - left) != (rows, columns))


@dataclass(frozen=True)
class Window:
    """Rows `top` to `bottom` and columns `left` to `right` of a grid, ends excluded."""

    top: int
    bottom: int
    left: int
    right: int
    cut: bool

    def of(self, grid: list[list[Json]]) -> list[list[Json]]:
        return [row[self.left : self.right] for row in grid[self.top : self.bottom]]


def _span(size: int, most: int, at: int) -> tuple[int, int]:
    start = max(0, min(at - most // 2, size - most))
    return start, min(size, start + most)


def _labels(value: Json, rows: int) -> list[str]:
    """The name of each row: its index before the last axis. One row alone has none."""
    if is_flat(value):
        return [""] * rows
    if value["kind"] != "array":
        return [str(row) for row in range(rows)]
    names = []
    for row in range(rows):
        index, rest = [], row
        for size in reversed(value["shape"][:-1]):
            index.append(str(rest % size))
            rest //= size
        names.append(", ".join(reversed(index)))
    return names


def as_table(
    name: str, value: Json, grid: list[list[Json]], digits: int, decimals: int | None, part: Window
) -> dict[str, Json]:
    rows = []
    for label, numbers in zip(_labels(value, len(grid))[part.top : part.bottom], part.of(grid), strict=True):
        cells = [
            {
                "text": cell_text(number, digits, decimals),
                "exact": cell_text(number, 17),
                "css": "odd-value" if number in NONFINITE else "",
            }
            for number in numbers
        ]
        rows.append({"label": label, "cells": cells})
    return {
        "name": name,
        "shape": shape_of(value),
        "columns": [str(column) for column in range(part.left, part.right)],
        "rows": rows,
        "headed": not is_flat(value),
        "cut": value["truncated"] or part.cut,
    }


def mark(table: dict[str, Json], deltas: list[list[Json]], limit: float) -> None:
    for row, numbers in zip(table["rows"], deltas, strict=True):
        for cell, delta in zip(row["cells"], numbers, strict=True):
            if is_off(delta, limit):
                cell["css"] = f"{cell['css']} off".strip()


def difference_table(expected: Json, deltas: list[list[Json]], limit: float, part: Window) -> dict[str, Json]:
    sizes = [abs(d) for row in deltas for d in row if isinstance(d, float)]
    largest = max(sizes, default=0.0)
    table = as_table("Difference", expected, deltas, 2, None, part)
    table["shape"] = "yours − expected"
    for row, numbers in zip(table["rows"], part.of(deltas), strict=True):
        for cell, delta in zip(row["cells"], numbers, strict=True):
            cell["text"], cell["css"] = difference_cell(delta, limit, largest)
            cell["exact"] = cell["text"]
    return table
