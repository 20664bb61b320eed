"""How a verdict looks: words, tones and the tables of arrays side by side.

Works on the JSON projection that a view chose (a learner's or staff's); it decides nothing about who
may see what, and it compares only to mark cells: whether a value was accepted stands in the verdict.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from django import template

from grader.verdict import ProbeWord, State, Word

register = template.Library()

Json = Any

# word or state -> (tone, icon, headline)
_HEADLINES: dict[str, tuple[str, str, str]] = {
    Word.PASSED: ("pass", "check", "Passed"),
    Word.FAILED: ("fail", "cross", "Not all checks pass"),
    Word.NOT_ATTEMPTED: ("info", "info", "Not attempted"),
    Word.NOT_GRADABLE: ("warn", "alert", "Not gradable"),
    Word.CRASHED: ("fail", "cross", "Stopped by an error"),
    Word.TIMED_OUT: ("warn", "clock", "Out of time"),
    Word.OUT_OF_MEMORY: ("warn", "memory", "Out of memory"),
    Word.TOO_MUCH_OUTPUT: ("warn", "alert", "Too much output"),
    State.QUEUED: ("info", "clock", "Waiting"),
    State.RUNNING: ("info", "play", "Running"),
    State.CANCELLED: ("none", "stop", "Stopped"),
    State.BROKEN: ("warn", "alert", "The grader failed, not your code"),
}
_PROBES: dict[str, tuple[str, str, str]] = {
    ProbeWord.PASSED: ("pass", "check", "passes"),
    ProbeWord.FAILED: ("fail", "cross", "fails"),
    ProbeWord.CRASHED: ("fail", "cross", "stopped by an error"),
    ProbeWord.TIMED_OUT: ("warn", "clock", "out of time"),
    ProbeWord.OUT_OF_MEMORY: ("warn", "memory", "out of memory"),
    ProbeWord.TOO_MUCH_OUTPUT: ("warn", "alert", "too much output"),
    ProbeWord.MALFORMED: ("warn", "alert", "could not be read"),
    ProbeWord.NOT_RUN: ("none", "minus", "not run"),
}


@register.filter
def headline(word: str, verdict: Json = None) -> dict[str, str]:
    """Tone, icon and words of a whole verdict (or of a state that has none)."""
    tone, icon, text = _HEADLINES[word]
    if verdict and verdict["kind"] == "run" and word == Word.PASSED:
        text = "The visible checks pass"
    elif verdict and word == Word.FAILED:
        counted, what = (verdict["probes"], "checks") if verdict["kind"] == "run" else (verdict["tasks"], "tasks")
        good = sum(1 for each in counted if each.get("passed") or each.get("word") == ProbeWord.PASSED)
        text = f"{good} of {len(counted)} {what} pass"
    return {"tone": tone, "icon": icon, "text": text}


@register.filter
def probe_look(word: str) -> dict[str, str]:
    tone, icon, text = _PROBES[word]
    return {"tone": tone, "icon": icon, "text": text}


@register.filter
def by_task(verdict: Json) -> list[dict[str, Json]]:
    """The tasks with their probes; the first that does not pass is open. In a Run only visible probes ran."""
    tasks = []
    opened = False
    for task in verdict["tasks"]:
        probes = [probe for probe in verdict["probes"] if probe["task"] == task["id"]]
        good = sum(1 for probe in probes if probe["word"] == ProbeWord.PASSED)
        whole = verdict["kind"] != "run"
        if not probes:
            look = {"tone": "none", "icon": "minus", "text": "checked when you submit" if not whole else "not run"}
        elif good == len(probes):
            look = {"tone": "pass", "icon": "check", "text": "passes"}
        else:
            look = {"tone": "fail", "icon": "cross", "text": f"{good} of {len(probes)} checks pass"}
        opens = not opened and bool(probes) and good < len(probes)
        opened = opened or opens
        tasks.append({**task, "probes": probes, "look": look, "open": opens, "counts": whole})
    return tasks


@register.filter
def points(value: float) -> str:
    return f"{value:g}"


@register.filter
def duration(seconds: float | None) -> str:
    """Seconds as a person reads them."""
    if seconds is None:
        return ""
    if seconds < 0.0995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


# --- values ----------------------------------------------------------------------------------------


@register.filter
def comparisons(call: Json) -> list[dict[str, Json]]:
    """What to draw of one call: for each array that differs, a group of tables; other values as words.

    Arrays that agree are listed by name only when another one differs; a passed call shows its result.
    """
    got = dict(_leaves(call["got"])) if call["got"] else {}
    expected = dict(_leaves(call["expected"])) if call["expected"] else {}
    wrong = {diff["path"]: diff for diff in call["differences"]}
    paths = list(dict.fromkeys([*expected, *got]))
    groups = []
    for path in paths:
        diff = wrong.get(path)
        if wrong and diff is None and path in got and path in expected:
            groups.append({"path": path, "same": True})
            continue
        groups.append(_group(path, got.get(path), expected.get(path), diff))
    groups.sort(key=lambda group: group.get("same", False))
    return groups


@register.filter
def as_tables(preview: Json) -> list[dict[str, Json]]:
    """One value alone (an input): its arrays as tables, the rest as words."""
    return [_group(path, None, leaf, None, alone=True) for path, leaf in _leaves(preview)]


def _leaves(preview: Json, path: str = "") -> Iterator[tuple[str, Json]]:
    if preview["kind"] in {"list", "dict"} and preview["items"]:
        for label, item in preview["items"]:
            yield from _leaves(item, path + (label if label.startswith("[") else f"[{label}]"))
        return
    yield path, preview


def _group(path: str, got: Json, expected: Json, diff: Json, *, alone: bool = False) -> dict[str, Json]:
    """Tables side by side: expected, yours, and their difference where the shapes agree."""
    sides = [("Value" if alone else "Expected", expected), ("Yours", got)]
    tables: list[dict[str, Json]] = []
    limit = (diff or {}).get("limit") or 0.0
    is_grid = [side is not None and bool(side["cells"]) and side["shape"] is not None for _, side in sides]
    comparable = all(is_grid) and got["shape"] == expected["shape"]
    deltas = _deltas(got["cells"], expected["cells"]) if comparable and diff else None
    digits = _digits(got["cells"], expected["cells"], deltas, limit) if deltas else 4
    for (name, side), grid in zip(sides, is_grid, strict=True):
        if side is None:
            if not alone and name == "Expected":
                tables.append({"name": name, "text": "nothing here"})
            continue
        if not grid:
            tables.append({"name": name, "text": _words(side), "shape": _shape(side)})
            continue
        marks = None
        if deltas is not None and name == "Yours":
            marks = [[_is_off(delta, limit) for delta in row] for row in deltas]
        tables.append(_table(name, side, digits, marks))
    if deltas is not None and any(isinstance(delta, float) for row in deltas for delta in row):
        tables.append(_difference_table(expected, deltas, limit))
    return {
        "path": path,
        "same": False,
        "tables": tables,
        "live": comparable and bool(diff),
        "note": _note(diff) if diff else "",
    }


def _shape(preview: Json) -> str:
    parts = []
    if preview["shape"] is not None:
        parts.append("(" + ", ".join(map(str, preview["shape"])) + ("," if len(preview["shape"]) == 1 else "") + ")")
    if preview["dtype"]:
        parts.append(preview["dtype"])
    return " ".join(parts)


def _words(preview: Json) -> str:
    if preview["kind"] == "none":
        return "None"
    if preview["kind"] in {"list", "dict"}:
        return "[]" if preview["kind"] == "list" else "{}"
    if preview["shape"] is not None and 0 in preview["shape"]:
        return "empty"
    return str(preview["text"])


def _note(diff: Json) -> str:
    if not diff["total"] or diff["worst_index"] is None:
        return str(diff["note"])
    index = "[" + ", ".join(map(str, diff["worst_index"])) + "]" if diff["worst_index"] else "the number"
    text = f"{diff['differing']} of {diff['total']} differ; the worst is {index}"
    if diff["limit"] is not None:
        text += f"; up to {diff['limit']:.2g} off is accepted"
    return text + "."


def _number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _deltas(got: Json, expected: Json) -> list[list[Json]]:
    """yours - expected; None where both are the same non-number, "≠" where they differ without a difference."""
    rows = []
    for mine, theirs in zip(got, expected, strict=False):
        row: list[Json] = []
        for a, b in zip(mine, theirs, strict=False):
            if _number(a) and _number(b):
                row.append(float(a - b))
            else:
                row.append(None if a == b else "≠")
        rows.append(row)
    return rows


def _is_off(delta: Json, limit: float) -> bool:
    if delta is None:
        return False
    return delta == "≠" or abs(delta) > limit


def _digits(got: Json, expected: Json, deltas: list[list[Json]], limit: float) -> int:
    """As few significant digits as still show every marked cell as different from its neighbour table."""
    pairs = [
        (a, b)
        for mine, theirs, row in zip(got, expected, deltas, strict=False)
        for a, b, delta in zip(mine, theirs, row, strict=False)
        if isinstance(delta, float) and _is_off(delta, limit)
    ]
    for digits in (4, 6, 8, 10, 13):
        if all(f"{a:.{digits}g}" != f"{b:.{digits}g}" for a, b in pairs):
            return digits
    return 17


def _cell(value: Json, digits: int, decimals: int | None = None) -> str:
    if isinstance(value, bool):
        return "True" if value else "False"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return f"{value:.{digits}g}" if decimals is None else f"{value:.{decimals}f}"
    return str(value)


def _decimals(cells: Json, digits: int) -> int | None:
    """How many decimals line a table up, or None where its numbers are too far apart for that."""
    sizes = [abs(value) for row in cells for value in row if isinstance(value, float) and value]
    if not sizes or max(sizes) >= 1e5 or max(sizes) < 1e-3:
        return None
    decimals = max(0, digits - 1 - max(0, math.floor(math.log10(max(sizes)))))
    return decimals if min(sizes) >= 10.0**-decimals else None


def _labels(preview: Json) -> tuple[list[str], list[str]]:
    """Row labels (the index before the last axis) and column labels."""
    cells, shape = preview["cells"], preview["shape"]
    columns = [str(column) for column in range(max(len(row) for row in cells))]
    if len(shape) < 2:
        return [""] * len(cells), columns
    rows = []
    for row in range(len(cells)):
        index, rest = [], row
        for size in reversed(shape[:-1]):
            index.append(str(rest % size))
            rest //= size
        rows.append(", ".join(reversed(index)))
    return rows, columns


def _table(name: str, preview: Json, digits: int, marks: list[list[bool]] | None) -> dict[str, Json]:
    labels, columns = _labels(preview)
    decimals = _decimals(preview["cells"], digits)
    rows = []
    for number, (label, values) in enumerate(zip(labels, preview["cells"], strict=True)):
        cells = []
        for column, value in enumerate(values):
            css = []
            if marks and number < len(marks) and column < len(marks[number]) and marks[number][column]:
                css.append("off")
            if value in ("nan", "inf", "-inf"):
                css.append("odd-value")
            index = f"[{label}, {column}]" if label else f"[{column}]"
            cells.append(
                {"text": _cell(value, digits, decimals), "exact": _cell(value, 17), "css": " ".join(css), "index": index}
            )
        rows.append({"label": label, "cells": cells})
    return {
        "name": name,
        "shape": _shape(preview),
        "columns": columns,
        "rows": rows,
        "headed": any(labels),
        "cut": preview["truncated"],
    }


def _difference_table(expected: Json, deltas: list[list[Json]], limit: float) -> dict[str, Json]:
    sizes = [abs(d) for row in deltas for d in row if isinstance(d, float) and math.isfinite(d)]
    largest = max(sizes, default=0.0)
    labels, columns = _labels(expected)
    rows = []
    for label, row in zip(labels, deltas, strict=False):
        cells = []
        for column, delta in enumerate(row):
            index = f"[{label}, {column}]" if label else f"[{column}]"
            text, css = _difference(delta, limit, largest)
            cells.append({"text": text, "exact": text, "css": css, "index": index})
        rows.append({"label": label, "cells": cells})
    return {
        "name": "Difference",
        "shape": "yours − expected",
        "columns": columns,
        "rows": rows,
        "headed": any(labels),
        "cut": expected["truncated"],
    }


def _difference(delta: Json, limit: float, largest: float) -> tuple[str, str]:
    if delta is None or (isinstance(delta, float) and abs(delta) <= limit):
        return "0" if delta in (None, 0.0) else f"{delta:+.0e}", "same"
    if delta == "≠":
        return "≠", "odd-value"
    if not math.isfinite(delta):
        return f"{delta:+}", "odd-value"
    heat = 1 + round(3 * abs(delta) / largest) if largest else 1
    return f"{delta:+.2g}", f"{'plus' if delta > 0 else 'minus'} h{heat}"


@register.filter
def begun(row: Any) -> bool:
    """Whether somebody did anything in an exercise without having passed it (a Row of progress.queries)."""
    return not row.passed and bool(row.tries or row.runs)
