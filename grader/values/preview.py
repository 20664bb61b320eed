"""A parsed value as a page shows it: capped in every direction, plain JSON, no box's text unescaped."""

from __future__ import annotations

import math
from itertools import islice
from typing import Any

import numpy as np

from grader.values.plaintext import first_keys, integer, key_text, printable
from grader.verdict import Json, Preview
from sandbox_images.inside.wire import Bf16, Opaque, Raised, Value

MOST_ROWS = 64
MOST_COLUMNS = 64
MOST_ITEMS = 64
MOST_TEXT = 2000
MOST_CHARS = 20_000
"""What all texts and keys of one value take together."""
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
    number = float(value) + 0.0  # no "-0"
    if math.isfinite(number):
        return number
    return "nan" if math.isnan(number) else "inf" if number > 0 else "-inf"


class _Previewer:
    def __init__(self) -> None:
        self.cells = _MOST_CELLS
        self.items = 4 * MOST_ITEMS
        self.chars = MOST_CHARS

    def show(self, value: Value) -> Preview:
        match value:
            case None:
                return Preview(kind="none", text="None")
            case bool():
                return Preview(kind="bool", text=str(value))
            case str():
                return self.text("text", value, len(value) > MOST_TEXT)
            case bytes():
                short = repr(value[: MOST_TEXT // 4])
                return self.text("text", short, len(value) > MOST_TEXT // 4, "bytes")
            case np.generic():
                return Preview(kind="number", text=str(cell(value)), dtype=str(value.dtype))
            case int() | float() | complex():
                return Preview(kind="number", text=str(cell(value)))
            case Bf16():
                return self.array(value.as_float32(), "bfloat16")
            case np.ndarray():
                return self.array(value, str(value.dtype))
            case list() | tuple():
                items = islice(value, MOST_ITEMS)
                return self.several("list", [(str(n), item) for n, item in enumerate(items)], len(value))
            case frozenset():
                shown = [("", key) for key in first_keys(value, MOST_ITEMS)]
                return self.several("list", shown, len(value))
            case dict():
                few = islice(value.items(), MOST_ITEMS)
                pairs = [(k if isinstance(k, str) else key_text(k, 80), item) for k, item in few]
                return self.several("dict", pairs, len(value))
            case Raised():
                message = f": {value.message}" if value.message else ""
                return self.text("raised", value.names[0] + message)
            case Opaque():
                why = f" ({value.why})" if value.why else ""
                return self.text("other", value.type_name + why)
            case _:
                return Preview(kind="other", text=type(value).__name__)

    def kept(self, value: str, most: int) -> tuple[str, bool]:
        """As much of a text as there is room for, and whether some of it had to go."""
        text = printable(value, most)
        room, self.chars = self.chars, max(0, self.chars - len(text))
        return text[:room], len(text) > room

    def text(self, kind: str, value: str, truncated: bool = False, dtype: str | None = None) -> Preview:
        text, short = self.kept(value, MOST_TEXT)
        return Preview(kind=kind, text=text, dtype=dtype, truncated=truncated or short)

    def several(self, kind: str, pairs: list[tuple[str, Value]], count: int) -> Preview:
        shown = []
        for label, item in pairs:
            if self.items <= 0:
                break
            self.items -= 1
            shown.append((self.kept(label, 80)[0], self.show(item)))
        return Preview(kind=kind, items=tuple(shown), truncated=len(shown) < count, text=f"{count}")

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
