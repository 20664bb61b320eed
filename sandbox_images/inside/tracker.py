"""The run tracker: what code tells the page while it trains. It decides nothing.

    from tracker import init, log, histogram, heat, field, images, graph, finish

    init(lr=0.1, width=64)                      # what this run was made with, to compare runs by
    log(step, loss=0.3, accuracy=0.9)           # a point of each curve
    histogram(step, fc1=activations)            # how values lie, layer by layer; dead units are counted
    heat(step, attention=weights)               # a matrix as colours; causal=True: red above the diagonal
    field(step, box=(-2, 2, -2, 2), points=X, labels=y, boundary=grid)
    images(step, filters=W)                     # a stack of small pictures
    graph(step, {"x": "(3, 4)", "W": "(4, 2)", "out": "(3, 2)"}, [("x", "out"), ("W", "out")], wrong=["W"])
    finish()                                    # sends what still waits; the end of a cell does that, too

A call may become an event that draws. A fast loop sends what an eye can follow: at most ten frames of a
figure in a second and fewer the longer it runs, two hundred frames and a megabyte in all, and always the
last one. Numbers are rounded to three digits, larger matrices averaged to 64 x 64; NaN and infinity stay
what they are. A point of a curve that is no number is sent as None: a gap.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

METRIC = "application/x-zero-to-gpt-metric"
DRAWING = "application/x-zero-to-gpt-drawing"
MOST_SENT = 2_000
MOST_NAMES = 16
MOST_SETTINGS = 32
SECONDS_BETWEEN = 0.05
FRAME_SECONDS = 0.1
MOST_FRAMES = 200
MOST_BYTES = 1_000_000
KEPT_BACK = 16  # frames, and a share of the bytes, for the last ones
SIDE = 64
CELLS = SIDE * SIDE
MOST_PICTURES = 16
MOST_POINTS = 300
LARGEST = 4_000_000  # numbers that are copied to be drawn later, of one array

_sent = 0
_last = 0.0
_waiting: dict[str, Any] | None = None
_frames: dict[tuple[str, str], _Frames] = {}
_frames_sent = 0
_bytes_sent = 0


def init(**config: object) -> None:
    """What this run was made with: numbers, texts, yes or no. Later calls add to it."""
    kept: dict[str, Any] = {}
    for name, value in list(config.items())[:MOST_SETTINGS]:
        plain = value.item() if hasattr(value, "item") else value
        if isinstance(plain, float) and not math.isfinite(plain):
            plain = str(plain)
        kept[name[:40]] = plain if isinstance(plain, bool | int | float) else str(plain)[:80]
    _publish(METRIC, {"config": kept})


def log(step: int, **metrics: float) -> None:
    """Tell the page where training stands: a step and some named numbers."""
    global _last, _waiting
    numbers: dict[str, float | None] = {}
    for name, value in list(metrics.items())[:MOST_NAMES]:
        number = float(value)
        numbers[name[:40]] = number if math.isfinite(number) else None
    _waiting = {"step": int(step), "values": numbers}
    now = time.monotonic()
    if now - _last >= SECONDS_BETWEEN or _sent < 20:
        _last = now
        _flush_metric()


def histogram(step: int, arrays: Mapping[str, Any] | None = None, /, *, axis: int = -1, **named: Any) -> None:
    """How the values of arrays of any shape lie. `axis` counts units: one that is 0 everywhere is dead."""
    for name, array in _all(arrays, named):
        _frame("histogram", name, step, _array(array), partial(_counts, axis=axis))


def heat(
    step: int,
    matrices: Mapping[str, Any] | None = None,
    /,
    *,
    rows: Sequence[str] = (),
    columns: Sequence[str] = (),
    causal: bool = False,
    **named: Any,
) -> None:
    """Matrices (a vector is one row) as colours; `rows` and `columns` name them. With `causal`, row i may
    look at the columns 0 to i: what is not 0 above the diagonal is painted red."""
    for name, array in _all(matrices, named):
        matrix = _array(array)
        if matrix.ndim not in (1, 2):
            raise ValueError(f"heat: {name} has {matrix.ndim} axes; a matrix has two")
        if causal and matrix.shape != matrix.shape[::-1]:
            raise ValueError(f"heat: {name} has the shape {matrix.shape}; a causal one is square")
        two = matrix.reshape(1, -1) if matrix.ndim == 1 else matrix
        more = {"row_names": _names(rows, two.shape[0]), "column_names": _names(columns, two.shape[1])}
        marks = {"causal": True} if causal else {}
        _frame("heat", name, step, two, partial(_cells, **more, **marks))


def field(
    step: int,
    grids: Mapping[str, Any] | None = None,
    /,
    *,
    box: Sequence[float] = (0.0, 1.0, 0.0, 1.0),
    points: Any = None,
    labels: Any = None,
    **named: Any,
) -> None:
    """A value at each place of a plane: `box` is (x from, x to, y from, y to), row 0 of a grid is the
    smallest y. `points` [N, 2] lie on top, with a number each in `labels`."""
    edges = [float(edge) for edge in box]
    dots: list[list[float]] = []
    if points is not None:
        places = _array(points).reshape(-1, 2)[:MOST_POINTS]
        marks = [0.0] * len(places) if labels is None else _array(labels).reshape(-1).tolist()
        both = zip(places.tolist(), marks, strict=False)
        dots = [[*map(_short, place), float(mark)] for place, mark in both]
    for name, array in _all(grids, named):
        grid = _array(array)
        if grid.ndim != 2:
            raise ValueError(f"field: {name} has {grid.ndim} axes; a grid has two")
        _frame("field", name, step, grid, partial(_cells, box=edges, points=dots))


def images(
    step: int, stacks: Mapping[str, Any] | None = None, /, *, names: Sequence[str] = (), **named: Any
) -> None:
    """Stacks of grey pictures [N, H, W] (or one [H, W]); the first sixteen are shown."""
    for name, array in _all(stacks, named):
        stack = _array(array)
        if stack.ndim == 2:
            stack = stack[None]
        if stack.ndim != 3:
            raise ValueError(f"images: {name} has {stack.ndim} axes; a stack of grey pictures has three")
        shown = stack[:MOST_PICTURES]
        more = {"total": len(stack), "names": _names(names, len(shown))}
        _frame("images", name, step, shown, partial(_pictures, **more))


def graph(
    step: int,
    nodes: Mapping[str, object],
    edges: Sequence[tuple[str, str]],
    *,
    wrong: Sequence[str] = (),
    name: str = "graph",
) -> None:
    """What was computed from what: `nodes` maps a name to its shape (or any short text), an edge goes from an
    input to what was made of it. Nodes in `wrong` are marked."""
    drawn = {
        "nodes": [
            {"id": str(node)[:40], "label": str(label)[:60], "wrong": node in wrong}
            for node, label in list(nodes.items())[:SIDE]
        ],
        "edges": [[str(start)[:40], str(end)[:40]] for start, end in list(edges)[: 4 * SIDE]],
    }
    _frame("graph", name, step, None, partial(_as_it_is, drawn))


def finish() -> None:
    """Send what still waits."""
    flush()


def flush() -> None:
    """Send what waits; called at the end of every cell too, so that the last point is never lost."""
    _flush_metric()
    for frames in _frames.values():
        frames.send()


def forget() -> None:
    """Begin anew, as if nothing had been logged yet."""
    global _sent, _last, _waiting, _frames_sent, _bytes_sent
    _sent, _last, _waiting = 0, 0.0, None
    _frames.clear()
    _frames_sent = _bytes_sent = 0


# --- one message at a time ----------------------------------------------------------------------------


def _flush_metric() -> None:
    global _sent, _waiting
    if _waiting is None or _sent >= MOST_SENT:
        return
    _sent += 1
    told, _waiting = _waiting, None
    _publish(METRIC, told)


def _publish(mime: str, told: dict[str, Any]) -> None:
    import kernel  # type: ignore[import-not-found]

    kernel.current.publish("display_data", {"data": {mime: told}, "metadata": {}})


class _Frames:
    """The frames of one figure: what waits, and when the next may go."""

    def __init__(self, kind: str, name: str) -> None:
        self.head = {"kind": kind, "name": name[:40]}
        self.waiting: tuple[int, Any, Callable[[Any], dict[str, Any]]] | None = None
        self.began = self.last = 0.0
        self.size = 0

    def due(self, now: float) -> bool:
        """Ten in a second at first, and rarer the longer it runs and the larger its frames are."""
        if not self.size:
            return True
        many = len(_frames)
        if _frames_sent >= MOST_FRAMES - max(KEPT_BACK, many) or _bytes_sent >= 0.8 * MOST_BYTES:
            return False
        room = max(2.0, min(40.0, 0.8 * MOST_BYTES / self.size / 6) / many)
        return now - self.last >= max(FRAME_SECONDS, (now - self.began) / room)

    def send(self) -> None:
        global _frames_sent, _bytes_sent
        if self.waiting is None:
            return
        (step, data, make), self.waiting = self.waiting, None
        told = self.head | {"step": step} | make(data)
        size = len(json.dumps(told))
        if _frames_sent >= MOST_FRAMES or _bytes_sent + size > MOST_BYTES:
            return
        _frames_sent += 1
        _bytes_sent += size
        self.size = max(self.size, size)
        _publish(DRAWING, told)


def _frame(kind: str, name: str, step: int, data: Any, make: Callable[[Any], dict[str, Any]]) -> None:
    if (kind, name) not in _frames and len(_frames) >= MOST_NAMES:
        return
    frames = _frames.setdefault((kind, name), _Frames(kind, name))
    now = time.monotonic()
    frames.began = frames.began or now
    due = frames.due(now)
    # What is drawn later must not change until then.
    frames.waiting = int(step), data if due or data is None else data.copy(), make
    if due:
        frames.last = now
        frames.send()


# --- from values to what is drawn ---------------------------------------------------------------------


def _all(arrays: Mapping[str, Any] | None, named: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return list({**(arrays or {}), **named}.items())[:MOST_NAMES]


def _array(value: Any) -> Any:
    """As a numpy array of float64, whatever library it comes from."""
    import numpy as np

    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    array = np.asarray(value, dtype=np.float64)
    if array.size == 0:
        raise ValueError("there are no values to draw")
    if array.size > LARGEST:
        raise ValueError(f"{array.size} values are too many to draw; hand over a part")
    return array


def _names(names: Sequence[str], count: int) -> list[str]:
    return [str(name)[:20] for name in names] if len(names) == count <= SIDE else []


def _short(value: float) -> float:
    return float(f"{value:.4g}")


def _rounded(values: Any) -> list[Any]:
    """Nested lists of numbers with three digits; what is not finite as text."""
    import numpy as np

    flat = values.reshape(-1)
    good = np.isfinite(flat) & (flat != 0)
    scale = np.ones_like(flat)
    scale[good] = 10.0 ** (2 - np.floor(np.log10(np.abs(flat[good]))).clip(-300, 300))
    short = np.where(good, np.round(flat * scale) / scale, flat).tolist()
    plain = [value if math.isfinite(value) else str(value) for value in short]
    width = values.shape[-1]
    return [plain[start : start + width] for start in range(0, len(plain), width)]


def _averaged(matrix: Any, most: tuple[int, int]) -> Any:
    """A matrix with no more rows and columns than that: each cell is the mean of a block."""
    import numpy as np

    for axis in (0, 1):
        size = matrix.shape[axis]
        if size > most[axis]:
            starts = np.linspace(0, size, most[axis], endpoint=False).astype(int)
            lengths = np.diff([*starts, size])
            sums = np.add.reduceat(matrix, starts, axis=axis)
            matrix = sums / (lengths[:, None] if axis == 0 else lengths[None, :])
    return matrix


def _as_it_is(drawn: dict[str, Any], data: None) -> dict[str, Any]:
    return drawn


def _cells(matrix: Any, **more: Any) -> dict[str, Any]:
    return {"rows": _rounded(_averaged(matrix, (SIDE, SIDE))), "shape": list(matrix.shape)} | more


def _pictures(stack: Any, **more: Any) -> dict[str, Any]:
    """Pictures that together have no more cells than one frame may."""
    side = max(1, int(math.sqrt(CELLS / len(stack))))
    kept = [_rounded(_averaged(picture, (min(SIDE, side), min(SIDE, side)))) for picture in stack]
    return {"images": kept, "shape": list(stack.shape[1:])} | more


def _counts(data: Any, axis: int) -> dict[str, Any]:
    import numpy as np

    finite = data[np.isfinite(data)]
    told: dict[str, Any] = {"total": int(data.size), "odd": int(data.size - finite.size), "dead": None}
    if data.ndim > 1:
        units = np.moveaxis(data, axis, -1).reshape(-1, data.shape[axis])
        told["dead"] = _short(float((units == 0).all(axis=0).mean()))
    if finite.size == 0:
        return told | {"counts": [], "low": 0.0, "high": 0.0, "mean": None, "std": None}
    low, high = float(finite.min()), float(finite.max())
    room = abs(low) * 1e-3 or 1e-3
    edges = (low, high) if high > low else (low - room, high + room)
    counts, _ = np.histogram(finite, bins=32, range=edges)
    return told | {
        "counts": counts.tolist(),
        "low": _short(edges[0]),
        "high": _short(edges[1]),
        "mean": _short(float(finite.mean())),
        "std": _short(float(finite.std())),
    }
