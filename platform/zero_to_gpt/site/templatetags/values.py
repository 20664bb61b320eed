"""Values as a page draws them: arrays as tables, expected, yours and their difference side by side.

Works on the previews of a verdict. It compares only to mark cells and to draw a difference: whether a
value was accepted stands in the verdict.
"""

from __future__ import annotations

from typing import Any

from django import template

from zero_to_gpt.site.tables.cells import decimals_for, deltas_of, digits_for, is_off, worst_place
from zero_to_gpt.site.tables.drawn import Room, Window, as_table, difference_table, mark
from zero_to_gpt.site.tables.previews import FOLDED, grid_of, in_words, leaves, note_of, pairs_of, shape_of

register = template.Library()

Json = Any
MOST_GROUPS = 24


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
            else [_alone("Result", path, leaf, room) for path, leaf in leaves(got)][:MOST_GROUPS]
        )
    groups: list[dict[str, Json]] = []
    agreeing: list[str] = []
    for path, mine, theirs in pairs_of(got, expected, ""):
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
    groups = [_alone("", name + path, leaf, room) for name, value in named for path, leaf in leaves(value)]
    return groups[:MOST_GROUPS]


def _alone(name: str, path: str, value: Json, room: Room) -> dict[str, Json]:
    grid = grid_of(value)
    part = room.window(grid, (0, 0), 1) if grid else None
    decimals = decimals_for([part.of(grid)], 4) if grid and part else None
    return {"path": path, "tables": [_drawn(name, value, grid, part, 4, decimals)], "live": False, "note": ""}


def _beside(path: str, got: Json, expected: Json, below: list[Json], room: Room) -> dict[str, Json]:
    """Expected, yours and, where the shapes agree, their difference."""
    mine, theirs = grid_of(got), grid_of(expected)
    diff = below[0] if len(below) == 1 and below[0]["path"] == path else None
    note = note_of(diff) if diff else ""
    # Verdicts of earlier versions name no places.
    place = next((one.get("place", "").replace("`", "") for one in below if one["path"] == path), "")
    if mine and theirs and _alike(got, expected, mine, theirs):
        tables = _three(got, expected, mine, theirs, _limit(below), room)
        return {"path": path, "place": place, "tables": tables, "live": True, "note": note}
    parts = [room.window(grid, (0, 0), 1) if grid else None for grid in (theirs, mine)]
    near = [part.of(grid) for part, grid in zip(parts, (theirs, mine), strict=True) if part and grid]
    decimals = decimals_for(near, 4)
    tables = [
        _drawn("Expected", expected, theirs, parts[0], 4, decimals),
        _drawn("Yours", got, mine, parts[1], 4, decimals),
    ]
    return {"path": path, "place": place, "tables": tables, "live": False, "note": note}


def _three(
    got: Json, expected: Json, mine: list[list[Json]], theirs: list[list[Json]], limit: float, room: Room
) -> list[dict[str, Json]]:
    """Two arrays of one shape around their worst cell, with what differs marked, and the difference."""
    deltas = deltas_of(mine, theirs)
    part = room.window(theirs, worst_place(deltas), 3)
    if part is None:
        return [_drawn(name, value, theirs, None, 4, None) for name, value in _named(got, expected)]
    near = part.of(deltas)
    digits = digits_for(part.of(mine), part.of(theirs), near, limit)
    decimals = decimals_for([part.of(mine), part.of(theirs)], digits)
    grids = (theirs, mine)
    tables = [
        as_table(name, value, grid, digits, decimals, part)
        for (name, value), grid in zip(_named(got, expected), grids, strict=True)
    ]
    mark(tables[1], near, limit)
    if any(isinstance(delta, float) and is_off(delta, limit) for row in near for delta in row):
        tables.append(difference_table(expected, deltas, limit, part))
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
        return {"name": name, "text": in_words(value), "shape": shape_of(value)}
    if part is None:
        return {"name": name, "text": FOLDED, "shape": shape_of(value), "cut": True}
    return as_table(name, value, grid, digits, decimals, part)


def _alike(got: Json, expected: Json, mine: list[list[Json]], theirs: list[list[Json]]) -> bool:
    if got["kind"] != expected["kind"] or got["shape"] != expected["shape"]:
        return False
    return [len(row) for row in mine] == [len(row) for row in theirs]


def _limit(below: list[Json]) -> float:
    """What was still accepted. Of several numbers each had its own: then the smallest."""
    limits = [diff["limit"] for diff in below if diff["limit"] is not None]
    return min(limits, default=0.0)
