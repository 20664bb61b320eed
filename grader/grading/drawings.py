"""What a box asks to be drawn, read into one of five kinds with every size checked, or refused.

Everything here was written by a learner's program: what does not have exactly the expected form is no
drawing, names are made printable, and nothing is computed from a number but its finiteness. The page draws
what is left (platform/frontend/src/figures.ts).

    histogram  counts over a range, mean, spread, share of dead units
    heat       a matrix of at most 64 x 64 cells; a causal one shows red above its diagonal
    field      the same over a plane, with points on it
    images     at most 16 pictures, together no more cells than a matrix
    graph      named nodes with a label, and edges between them
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from grader.values.plaintext import printable
from grader.verdict import Json

SIDE = 64
CELLS = SIDE * SIDE
MOST_PICTURES = 16
MOST_POINTS = 300
MOST_NODES = 64
MOST_EDGES = 256
MOST_SETTINGS = 32
_ODD = ("nan", "inf", "-inf")


class _NotADrawing(ValueError):
    pass


def drawing(told: object) -> dict[str, Json] | None:
    """A drawing as it may be shown, or None."""
    if not isinstance(told, dict):
        return None
    kind = told.get("kind")
    read = _KINDS.get(kind) if isinstance(kind, str) else None
    step = told.get("step")
    if read is None or not _whole(step, 2**53):
        return None
    try:
        return {"kind": kind, "name": _text(told.get("name"), 40), "step": step} | read(told)
    except _NotADrawing:
        return None


def config(told: object) -> dict[str, Json] | None:
    """What a run says that it was made with: some named numbers, texts, yes or no; or None."""
    if not isinstance(told, dict):
        return None
    kept: dict[str, Json] = {}
    for name, value in list(told.items())[:MOST_SETTINGS]:
        if isinstance(value, str):
            kept[printable(name, 40)] = printable(value, 80)
        elif isinstance(value, bool) or _whole(value, 2**53) or _finite(value):
            kept[printable(name, 40)] = value
    return kept or None


def _whole(value: object, below: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < below


def _finite(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e308


def _number(value: object) -> float:
    if isinstance(value, int | float) and _finite(value):
        return float(value)
    raise _NotADrawing


def _text(value: object, most: int) -> str:
    if not isinstance(value, str):
        raise _NotADrawing
    return printable(value, most)


def _list(value: object, most: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise _NotADrawing
    return value


def _count(value: object) -> int:
    if isinstance(value, int) and _whole(value, 2**53) and value >= 0:
        return value
    raise _NotADrawing


def _share(value: object) -> float | None:
    if value is None:
        return None
    share = _number(value)
    if not 0.0 <= share <= 1.0:
        raise _NotADrawing
    return share


def _cell(value: object) -> Json:
    if isinstance(value, str) and value in _ODD:
        return value
    if type(value) is float and not math.isfinite(value):
        return str(value)
    return _number(value)


def _grid(value: object, most: int = SIDE) -> list[list[Json]]:
    rows = [_list(row, most) for row in _list(value, most)]
    if not rows or not rows[0] or any(len(row) != len(rows[0]) for row in rows):
        raise _NotADrawing
    return [[_cell(cell) for cell in row] for row in rows]


def _names(value: object, count: int) -> list[str]:
    """Names of that many things, or none at all."""
    names = _list(value, SIDE) if value is not None else []
    if names and len(names) != count:
        raise _NotADrawing
    return [_text(name, 20) for name in names]


def _shape(value: object) -> list[int]:
    return [_count(size) for size in _list(value, 4)]


def _histogram(told: dict[str, Any]) -> dict[str, Json]:
    counts = [_count(each) for each in _list(told.get("counts"), SIDE)]
    low, high = _number(told.get("low")), _number(told.get("high"))
    if counts and not low < high:
        raise _NotADrawing
    moments = {name: None if told.get(name) is None else _number(told.get(name)) for name in ("mean", "std")}
    return {
        "counts": counts,
        "low": low,
        "high": high,
        "total": _count(told.get("total")),
        "odd": _count(told.get("odd")),
        "dead": _share(told.get("dead")),
        **moments,
    }


def _heat(told: dict[str, Any]) -> dict[str, Json]:
    rows, causal = _grid(told.get("rows")), told.get("causal", False)
    if not isinstance(causal, bool) or (causal and len(rows) != len(rows[0])):
        raise _NotADrawing
    return {
        "rows": rows,
        "shape": _shape(told.get("shape")),
        "row_names": _names(told.get("row_names"), len(rows)),
        "column_names": _names(told.get("column_names"), len(rows[0])),
    } | ({"causal": True} if causal else {})


def _field(told: dict[str, Any]) -> dict[str, Json]:
    box = [_number(edge) for edge in _list(told.get("box"), 4)]
    if len(box) != 4 or not (box[0] < box[1] and box[2] < box[3]):
        raise _NotADrawing
    points = [[_number(each) for each in _list(point, 3)] for point in _list(told.get("points"), MOST_POINTS)]
    if any(len(point) != 3 for point in points):
        raise _NotADrawing
    return {
        "rows": _grid(told.get("rows")),
        "shape": _shape(told.get("shape")),
        "box": box,
        "points": points,
    }


def _images(told: dict[str, Any]) -> dict[str, Json]:
    pictures = [_grid(picture) for picture in _list(told.get("images"), MOST_PICTURES)]
    if not pictures or sum(len(picture) * len(picture[0]) for picture in pictures) > CELLS:
        raise _NotADrawing
    return {
        "images": pictures,
        "names": _names(told.get("names"), len(pictures)),
        "shape": _shape(told.get("shape")),
        "total": _count(told.get("total")),
    }


def _graph(told: dict[str, Any]) -> dict[str, Json]:
    nodes = []
    for node in _list(told.get("nodes"), MOST_NODES):
        if not isinstance(node, dict) or not isinstance(node.get("wrong"), bool):
            raise _NotADrawing
        label = _text(node.get("label"), 60)
        nodes.append({"id": _text(node.get("id"), 40), "label": label, "wrong": node["wrong"]})
    known = {node["id"] for node in nodes}
    if not nodes or len(known) != len(nodes):
        raise _NotADrawing
    edges = []
    for edge in _list(told.get("edges"), MOST_EDGES):
        ends = [_text(end, 40) for end in _list(edge, 2)]
        if len(ends) != 2 or not known.issuperset(ends):
            raise _NotADrawing
        edges.append(ends)
    return {"nodes": nodes, "edges": edges}


_KINDS: dict[str, Callable[[dict[str, Any]], dict[str, Json]]] = {
    "histogram": _histogram,
    "heat": _heat,
    "field": _field,
    "images": _images,
    "graph": _graph,
}
