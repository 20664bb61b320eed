"""Reading the preview of a value: the pieces that are drawn one by one, and each as a grid or in words."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

Json = Any
FOLDED = "not drawn here"


def _step(container: Json, label: str) -> str:
    """The path from a list or dict to one of its items, as the grader writes it."""
    return f"[{label!r}]" if container["kind"] == "dict" else f"[{label}]"


def opens(value: Json) -> bool:
    """Whether the items of this value are drawn one by one."""
    return bool(value["kind"] in {"list", "dict"} and value["items"] and numbers_of(value) is None)


def leaves(value: Json, path: str = "") -> Iterator[tuple[str, Json]]:
    if not opens(value):
        yield path, value
        return
    for label, item in value["items"]:
        yield from leaves(item, path + _step(value, label))


def pairs_of(got: Json, expected: Json, path: str) -> Iterator[tuple[str, Json, Json]]:
    """The pieces of both values that belong to the same path; None where one side has none."""
    if not (opens(got) and opens(expected) and got["kind"] == expected["kind"]):
        yield path, got, expected
        return
    mine, theirs = dict(got["items"]), dict(expected["items"])
    for label in dict.fromkeys([*theirs, *mine]):
        step = path + _step(expected, label)
        if label in mine and label in theirs:
            yield from pairs_of(mine[label], theirs[label], step)
        else:
            yield step, mine.get(label), theirs.get(label)


def numbers_of(value: Json) -> list[list[Json]] | None:
    """The rows of a list of numbers, or of a list of equally long lists of numbers; None for all else."""
    if value["kind"] != "list" or not value["items"]:
        return None
    items = [item for _, item in value["items"]]
    if all(_is_scalar(item) for item in items):
        return [[_scalar(item) for item in items]]
    rows = [numbers_of(item) for item in items]
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


def grid_of(value: Json) -> list[list[Json]] | None:
    """The cells of a value that is drawn as a table."""
    if value is None:
        return None
    if value["kind"] == "array":
        return value["cells"] or None
    return numbers_of(value)


def is_flat(value: Json) -> bool:
    """Whether the table is one row without a name."""
    if value["kind"] == "array":
        return len(value["shape"]) < 2
    return _is_scalar(value["items"][0][1])


def shape_of(value: Json) -> str:
    parts = []
    if value["shape"] is not None:
        comma = "," if len(value["shape"]) == 1 else ""
        parts.append("(" + ", ".join(map(str, value["shape"])) + comma + ")")
    if value["dtype"]:
        parts.append(value["dtype"])
    if value["kind"] in {"list", "dict"}:
        parts.append(f"{value['kind']} of {value['text']}")
    return " ".join(parts)


def in_words(value: Json) -> str:
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
        return f"{value['kind']} {shape_of(value).removeprefix(value['kind'] + ' ')}"
    return in_words(value)


def note_of(diff: Json) -> str:
    text = ""
    if diff["total"] and diff["worst_index"]:
        index = "[" + ", ".join(map(str, diff["worst_index"])) + "]"
        text = f"{diff['differing']} of {diff['total']} differ; the worst is {index}"
        text += f"; up to {diff['limit']:.2g} off is accepted." if diff["limit"] is not None else "."
    return f"{text} {diff['note']}".strip()
