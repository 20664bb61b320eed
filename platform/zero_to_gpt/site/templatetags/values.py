"""Values as a page draws them: arrays as tables, expected, yours and their difference side by side.

Works on the previews of a verdict. It compares only to mark cells and to draw a difference: whether a
value was accepted stands in the verdict.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import template

register = template.Library()

Json = Any
MOST_GROUPS = 24
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


@register.filter
def comparisons(call: Json, whole: object = None) -> list[dict[str, Json]]:
    """What to draw of one call: for each value that differs a group of tables, the others only by name.

    A call without differences shows what came back. `whole`: all that was kept, not only what is near the
    worst cell.
    """
    room = Room(bool(whole))
    got, expected = call["got"], call["expected"]
    wrong = {diff["path"]: diff for diff in call["differences"]}
    if not wrong or got is None or expected is None:
        return (
            []
            if got is None
            else [_alone("Result", path, leaf, room) for path, leaf in _leaves(got)][:MOST_GROUPS]
        )
    groups: list[dict[str, Json]] = []
    agreeing: list[str] = []
    for path, mine, theirs in _pairs(got, expected, ""):
        below = [diff for where, diff in wrong.items() if where == path or where.startswith(path + "[")]
        if below or mine is None or theirs is None:
            groups.append(_beside(path, mine, theirs, below, room))
        else:
            agreeing.append(path)
    if len(groups) == 1:
        groups[0]["note"] = ""  # the sentence above says it already
    del groups[MOST_GROUPS:]
    if agreeing:
        groups.append({"agreeing": agreeing[:MOST_GROUPS]})
    return groups


@register.filter
def as_tables(preview: Json, whole: object = None) -> list[dict[str, Json]]:
    """The inputs of a call, each under its name: arrays as tables, the rest as words."""
    room = Room(bool(whole))
    named = preview["items"] if preview["kind"] == "dict" and preview["items"] else [("", preview)]
    groups = [_alone("", name + path, leaf, room) for name, value in named for path, leaf in _leaves(value)]
    return groups[:MOST_GROUPS]


# --- from one value to the pieces that are drawn -----------------------------------------------------


def _step(container: Json, label: str) -> str:
    """The path from a list or dict to one of its items, as the grader writes it."""
    return f"[{label!r}]" if container["kind"] == "dict" else f"[{label}]"


def _opens(value: Json) -> bool:
    """Whether the items of this value are drawn one by one."""
    return bool(value["kind"] in {"list", "dict"} and value["items"] and _numbers(value) is None)


def _leaves(value: Json, path: str = "") -> Iterator[tuple[str, Json]]:
    if not _opens(value):
        yield path, value
        return
    for label, item in value["items"]:
        yield from _leaves(item, path + _step(value, label))


def _pairs(got: Json, expected: Json, path: str) -> Iterator[tuple[str, Json, Json]]:
    """The pieces of both values that belong to the same path; None where one side has none."""
    if not (_opens(got) and _opens(expected) and got["kind"] == expected["kind"]):
        yield path, got, expected
        return
    mine, theirs = dict(got["items"]), dict(expected["items"])
    for label in dict.fromkeys([*theirs, *mine]):
        step = path + _step(expected, label)
        if label in mine and label in theirs:
            yield from _pairs(mine[label], theirs[label], step)
        else:
            yield step, mine.get(label), theirs.get(label)


def _numbers(value: Json) -> list[list[Json]] | None:
    """The rows of a list of numbers, or of a list of equally long lists of numbers; None for all else."""
    if value["kind"] != "list" or not value["items"]:
        return None
    items = [item for _, item in value["items"]]
    if all(_is_scalar(item) for item in items):
        return [[_scalar(item) for item in items]]
    rows = [_numbers(item) for item in items]
    if any(row is None or len(row) != 1 for row in rows):
        return None
    flat = [row[0] for row in rows if row]
    return flat if len({len(row) for row in flat}) == 1 else None


def _is_scalar(value: Json) -> bool:
    return value["kind"] in {"number", "bool"}


def _scalar(value: Json) -> Json:
    if value["kind"] == "bool":
        return value["text"] == "True"
    try:
        number = float(value["text"])
    except ValueError:
        return value["text"]  # complex, or too large for a float
    if not math.isfinite(number):
        return value["text"]
    return int(value["text"]) if value["text"].lstrip("-").isdigit() else number


def _grid(value: Json) -> list[list[Json]] | None:
    """The cells of a value that is drawn as a table."""
    if value is None:
        return None
    if value["kind"] == "array":
        return value["cells"] or None
    return _numbers(value)


def _flat(value: Json) -> bool:
    """Whether the table is one row without a name."""
    if value["kind"] == "array":
        return len(value["shape"]) < 2
    return _is_scalar(value["items"][0][1])


# --- groups of tables ----------------------------------------------------------------------------------


def _alone(name: str, path: str, value: Json, room: Room) -> dict[str, Json]:
    grid = _grid(value)
    part = room.window(grid, (0, 0), 1) if grid else None
    decimals = _decimals([part.of(grid)], 4) if grid and part else None
    return {"path": path, "tables": [_drawn(name, value, grid, part, 4, decimals)], "live": False, "note": ""}


FOLDED = "not drawn here"


def _beside(path: str, got: Json, expected: Json, below: list[Json], room: Room) -> dict[str, Json]:
    """Expected, yours and, where the shapes agree, their difference."""
    mine, theirs = _grid(got), _grid(expected)
    diff = below[0] if len(below) == 1 and below[0]["path"] == path else None
    note = _note(diff) if diff else ""
    # Verdicts of earlier versions name no places.
    place = next((one.get("place", "").replace("`", "") for one in below if one["path"] == path), "")
    if mine and theirs and _alike(got, expected, mine, theirs):
        tables = _three(got, expected, mine, theirs, _limit(below), room)
        return {"path": path, "place": place, "tables": tables, "live": True, "note": note}
    parts = [room.window(grid, (0, 0), 1) if grid else None for grid in (theirs, mine)]
    near = [part.of(grid) for part, grid in zip(parts, (theirs, mine), strict=True) if part and grid]
    decimals = _decimals(near, 4)
    tables = [
        _drawn("Expected", expected, theirs, parts[0], 4, decimals),
        _drawn("Yours", got, mine, parts[1], 4, decimals),
    ]
    return {"path": path, "place": place, "tables": tables, "live": False, "note": note}


def _three(
    got: Json, expected: Json, mine: list[list[Json]], theirs: list[list[Json]], limit: float, room: Room
) -> list[dict[str, Json]]:
    """Two arrays of one shape around their worst cell, with what differs marked, and the difference."""
    deltas = _deltas(mine, theirs)
    part = room.window(theirs, _worst(deltas), 3)
    if part is None:
        return [_drawn(name, value, theirs, None, 4, None) for name, value in _named(got, expected)]
    near = part.of(deltas)
    digits = _digits(part.of(mine), part.of(theirs), near, limit)
    decimals = _decimals([part.of(mine), part.of(theirs)], digits)
    grids = (theirs, mine)
    tables = [
        _table(name, value, grid, digits, decimals, part)
        for (name, value), grid in zip(_named(got, expected), grids, strict=True)
    ]
    _mark(tables[1], near, limit)
    if any(isinstance(delta, float) and _is_off(delta, limit) for row in near for delta in row):
        tables.append(_difference_table(expected, deltas, limit, part))
    return tables


def _named(got: Json, expected: Json) -> tuple[tuple[str, Json], tuple[str, Json]]:
    return ("Expected", expected), ("Yours", got)


def _drawn(
    name: str,
    value: Json,
    grid: list[list[Json]] | None,
    part: Window | None,
    digits: int,
    decimals: int | None,
) -> dict[str, Json]:
    """One value: as a table, in words, or folded where there is no room for it."""
    if value is None:
        return {"name": name, "text": "nothing", "shape": ""}
    if grid is None:
        return {"name": name, "text": _words(value), "shape": _shape(value)}
    if part is None:
        return {"name": name, "text": FOLDED, "shape": _shape(value), "cut": True}
    return _table(name, value, grid, digits, decimals, part)


def _worst(deltas: list[list[Json]]) -> tuple[int, int]:
    """Where the largest difference stands; the first cell of which none can be taken counts as that."""
    places = ((row, column) for row, numbers in enumerate(deltas) for column in range(len(numbers)))

    def size(place: tuple[int, int]) -> float:
        delta = deltas[place[0]][place[1]]
        return abs(delta) if isinstance(delta, float) else math.inf if delta else 0.0

    return max(places, key=size, default=(0, 0))


def _alike(got: Json, expected: Json, mine: list[list[Json]], theirs: list[list[Json]]) -> bool:
    if got["kind"] != expected["kind"] or got["shape"] != expected["shape"]:
        return False
    return [len(row) for row in mine] == [len(row) for row in theirs]


def _limit(below: list[Json]) -> float:
    """What was still accepted. Of several numbers each had its own: then the smallest."""
    limits = [diff["limit"] for diff in below if diff["limit"] is not None]
    return min(limits, default=0.0)


def _shape(value: Json) -> str:
    parts = []
    if value["shape"] is not None:
        comma = "," if len(value["shape"]) == 1 else ""
        parts.append("(" + ", ".join(map(str, value["shape"])) + comma + ")")
    if value["dtype"]:
        parts.append(value["dtype"])
    if value["kind"] in {"list", "dict"}:
        parts.append(f"{value['kind']} of {value['text']}")
    return " ".join(parts)


def _words(value: Json) -> str:
    if value["kind"] == "none":
        return "None"
    if value["kind"] in {"list", "dict"}:
        if not value["items"]:
            return "empty" if value["text"] == "0" else FOLDED
        if value["kind"] == "dict":
            return "names " + ", ".join(str(label) for label, _ in value["items"][:12])
        more = ", …" if int(value["text"]) > MOST_WORDS else ""
        return "[" + ", ".join(_brief(item) for _, item in value["items"][:MOST_WORDS]) + more + "]"
    if value["kind"] == "text" and not value["dtype"]:
        return f'"{value["text"]}"'
    if value["kind"] == "array":
        return "no cells" if 0 in value["shape"] else "too much else is shown already"
    return str(value["text"])


MOST_WORDS = 8


def _brief(value: Json) -> str:
    """An item of a list in a word or two."""
    if value["kind"] in {"array", "list", "dict"}:
        return f"{value['kind']} {_shape(value).removeprefix(value['kind'] + ' ')}"
    return _words(value)


def _note(diff: Json) -> str:
    text = ""
    if diff["total"] and diff["worst_index"]:
        index = "[" + ", ".join(map(str, diff["worst_index"])) + "]"
        text = f"{diff['differing']} of {diff['total']} differ; the worst is {index}"
        text += f"; up to {diff['limit']:.2g} off is accepted." if diff["limit"] is not None else "."
    return f"{text} {diff['note']}".strip()


# --- cells -------------------------------------------------------------------------------------------------


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _deltas(got: Json, expected: Json) -> list[list[Json]]:
    """yours - expected; None where both are the same non-number, "≠" where no difference can be taken."""
    return [
        [_delta(a, b) for a, b in zip(mine, theirs, strict=True)]
        for mine, theirs in zip(got, expected, strict=True)
    ]


def _delta(got: Json, expected: Json) -> Json:
    if _is_number(got) and _is_number(expected):
        return float(got - expected)
    return None if got == expected else "≠"


def _is_off(delta: Json, limit: float) -> bool:
    return delta is not None and (delta == "≠" or abs(delta) > limit)


def _digits(got: Json, expected: Json, deltas: list[list[Json]], limit: float) -> int:
    """As few significant digits as still show every marked cell as different from the expected one."""
    pairs = [
        (a, b)
        for mine, theirs, row in zip(got, expected, deltas, strict=True)
        for a, b, delta in zip(mine, theirs, row, strict=True)
        if isinstance(delta, float) and _is_off(delta, limit)
    ]
    for digits in (4, 6, 8, 10, 13):
        if all(f"{a:.{digits}g}" != f"{b:.{digits}g}" for a, b in pairs):
            return digits
    return 17


def _decimals(grids: list[list[list[Json]]], digits: int) -> int | None:
    """How many decimals line these tables up, or None where the numbers are too far apart for that."""
    sizes = [abs(v) for grid in grids for row in grid for v in row if isinstance(v, float) and v]
    if not sizes or max(sizes) >= 1e5 or max(sizes) < 1e-3:
        return None
    decimals = max(0, digits - 1 - max(0, math.floor(math.log10(max(sizes)))))
    return decimals if min(sizes) >= 10.0**-decimals else None


def _cell(value: Json, digits: int, decimals: int | None = None) -> str:
    if isinstance(value, float):
        return f"{value:.{digits}g}" if decimals is None else f"{value:.{decimals}f}"
    return str(value)


def _labels(value: Json, rows: int) -> list[str]:
    """The name of each row: its index before the last axis. One row alone has none."""
    if _flat(value):
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


def _table(
    name: str, value: Json, grid: list[list[Json]], digits: int, decimals: int | None, part: Window
) -> dict[str, Json]:
    rows = []
    for label, numbers in zip(_labels(value, len(grid))[part.top : part.bottom], part.of(grid), strict=True):
        cells = [
            {
                "text": _cell(number, digits, decimals),
                "exact": _cell(number, 17),
                "css": "odd-value" if number in NONFINITE else "",
            }
            for number in numbers
        ]
        rows.append({"label": label, "cells": cells})
    return {
        "name": name,
        "shape": _shape(value),
        "columns": [str(column) for column in range(part.left, part.right)],
        "rows": rows,
        "headed": not _flat(value),
        "cut": value["truncated"] or part.cut,
    }


def _mark(table: dict[str, Json], deltas: list[list[Json]], limit: float) -> None:
    for row, numbers in zip(table["rows"], deltas, strict=True):
        for cell, delta in zip(row["cells"], numbers, strict=True):
            if _is_off(delta, limit):
                cell["css"] = f"{cell['css']} off".strip()


def _difference_table(
    expected: Json, deltas: list[list[Json]], limit: float, part: Window
) -> dict[str, Json]:
    sizes = [abs(d) for row in deltas for d in row if isinstance(d, float)]
    largest = max(sizes, default=0.0)
    table = _table("Difference", expected, deltas, 2, None, part)
    table["shape"] = "yours − expected"
    for row, numbers in zip(table["rows"], part.of(deltas), strict=True):
        for cell, delta in zip(row["cells"], numbers, strict=True):
            cell["text"], cell["css"] = _difference(delta, limit, largest)
            cell["exact"] = cell["text"]
    return table


def _difference(delta: Json, limit: float, largest: float) -> tuple[str, str]:
    """What a cell of the difference shows, and its colour: orange above zero, blue below, deeper for more."""
    if delta == "≠":
        return "≠", "odd-value"
    if not delta:
        return "0", "same"
    if abs(delta) <= limit:
        return f"{delta:+.0e}", "same"
    heat = 1 + round(3 * abs(delta) / largest)
    return f"{delta:+.2g}", f"{'plus' if delta > 0 else 'minus'} h{heat}"
