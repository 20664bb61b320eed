"""A parsed value as a page shows it: capped in every direction, plain JSON, no box's text unescaped."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from grader.plaintext import integer, key_text, printable
from grader.verdict import Json, Preview
from sandbox_images.inside.wire import Bf16, Opaque, Raised, Value

MOST_ROWS = 64
MOST_COLUMNS = 64
MOST_ITEMS = 64
MOST_TEXT = 2000
_MOST_CELLS = MOST_ROWS * MOST_COLUMNS
_SAFE_INTEGER = 2**53 - 1


def preview(value: Value) -> Preview:
    """The value for a page. All its arrays together show at most 64 x 64 cells, its lists 256 items."""
    return _Previewer().show(value)


def cell(value: Any) -> Json:
    """One number of an array as JSON: what JSON or a browser cannot hold becomes text."""
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value) if abs(int(value)) <= _SAFE_INTEGER else integer(int(value))
    if isinstance(value, complex | np.complexfloating):
        return f"{complex(value):.6g}"
    number = float(value)
    if math.isfinite(number):
        return number
    return "nan" if math.isnan(number) else "inf" if number > 0 else "-inf"


class _Previewer:
    def __init__(self) -> None:
        self.cells = _MOST_CELLS
        self.items = 4 * MOST_ITEMS

    def show(self, value: Value) -> Preview:
        match value:
            case None:
                return Preview(kind="none", text="None")
            case bool():
                return Preview(kind="bool", text=str(value))
            case str():
                return Preview(
                    kind="text", text=printable(value, MOST_TEXT), truncated=len(value) > MOST_TEXT
                )
            case bytes():
                short = repr(value[: MOST_TEXT // 4])
                return Preview(kind="text", text=short, dtype="bytes", truncated=len(value) > MOST_TEXT // 4)
            case np.generic():
                return Preview(kind="number", text=str(cell(value)), dtype=str(value.dtype))
            case int() | float() | complex():
                return Preview(kind="number", text=str(cell(value)))
            case Bf16():
                return self.array(value.as_float32(), "bfloat16")
            case np.ndarray():
                return self.array(value, str(value.dtype))
            case list() | tuple():
                return self.several("list", [(str(n), item) for n, item in enumerate(value)])
            case frozenset():
                return self.several("list", [("", key) for key in sorted(value, key=key_text)])
            case dict():
                pairs = [(k if isinstance(k, str) else key_text(k, 80), item) for k, item in value.items()]
                return self.several("dict", pairs)
            case Raised():
                message = f": {value.message}" if value.message else ""
                return Preview(kind="raised", text=printable(value.names[0] + message, MOST_TEXT))
            case Opaque():
                why = f" ({value.why})" if value.why else ""
                return Preview(kind="other", text=printable(value.type_name + why, MOST_TEXT))
            case _:
                return Preview(kind="other", text=type(value).__name__)

    def several(self, kind: str, pairs: list[tuple[str, Value]]) -> Preview:
        shown = []
        for label, item in pairs[:MOST_ITEMS]:
            if self.items <= 0:
                break
            self.items -= 1
            shown.append((printable(label, 80), self.show(item)))
        return Preview(kind=kind, items=tuple(shown), truncated=len(shown) < len(pairs), text=f"{len(pairs)}")

    def array(self, value: np.ndarray[Any, Any], dtype: str) -> Preview:
        if value.ndim == 0:
            return Preview(kind="number", text=str(cell(value[()])), shape=(), dtype=dtype)
        table = value.reshape(-1, value.shape[-1]) if value.size else np.zeros((0, 0))
        rows = min(MOST_ROWS, table.shape[0])
        columns = min(MOST_COLUMNS, table.shape[1])
        rows = min(rows, max(self.cells // columns, 0)) if columns else 0
        self.cells -= rows * columns
        return Preview(
            kind="array",
            shape=value.shape,
            dtype=dtype,
            cells=tuple(tuple(cell(number) for number in row) for row in table[:rows, :columns]),
            truncated=rows * columns < value.size,
        )
