"""How a verdict lies in its row: compressed, and in a bounded number of bytes.

What a verdict says (words, messages, differences, seeds, digests) is always kept whole. The values that
it shows beside them are kept whole while all of it fits into `ROOM`; otherwise their tables are cut to
corners, as a preview of a large array is: first those that only staff see. Source, seeds and digests
are there to make them again. What every database takes is decided here, too (`storable`).
"""

from __future__ import annotations

import json
import math
import re
import zlib
from typing import Any

from django.db import models

ROOM = 8 * 1024
"""Bytes of a packed verdict."""

CORNERS: list[tuple[int | None, int | None, int | None]] = [
    (16, None, None),
    (8, None, None),
    (4, None, None),
    (4, 32, None),
    (4, 16, 4000),
    (0, 8, 4000),
    (0, 4, 2000),
    (0, 2, 1000),
    (0, 0, 500),
]
"""Each cuts more: rows and columns of hidden examples, of shown ones, characters of the output."""

CHARACTERS_OF_A_CELL = 16


def packed(verdict: dict[str, Any]) -> bytes:
    """The verdict's JSON, compressed; its examples cut as little as is needed for `ROOM` bytes.

    A learner waits for this, so it bisects: some milliseconds for the largest verdicts.
    """
    small = _squeezed(verdict)
    if len(small) <= ROOM:
        return small
    little, much = 0, len(CORNERS) - 1
    fits = b""
    while little < much:
        middle = (little + much) // 2
        tried = _squeezed(_cut(verdict, *CORNERS[middle]))
        if len(tried) <= ROOM:
            much, fits = middle, tried
        else:
            little = middle + 1
    return fits or _squeezed(_cut(verdict, *CORNERS[little]))


def unpacked(small: bytes) -> dict[str, Any]:
    verdict: dict[str, Any] = json.loads(zlib.decompress(small))
    return verdict


def _squeezed(data: dict[str, Any]) -> bytes:
    return zlib.compress(json.dumps(data, separators=(",", ":")).encode(), 6)


def _cut(
    verdict: dict[str, Any], hidden: int | None, shown: int | None, output: int | None
) -> dict[str, Any]:
    cut = dict(verdict)
    cut["probes"] = [
        probe
        | {
            "detail": _call(
                probe.get("detail"), shown if probe.get("visible") or probe.get("open") else hidden
            ),
            "twin": _call(probe.get("twin"), shown),
        }
        for probe in verdict.get("probes", [])
    ]
    printed = verdict.get("output", "")
    if output is not None and len(printed) > output:
        cut |= {"output": printed[:output], "output_truncated": True}
    return cut


def _call(call: dict[str, Any] | None, side: int | None) -> dict[str, Any] | None:
    if call is None or side is None:
        return call
    return call | {name: _corner(call.get(name), side) for name in ("inputs", "got", "expected")}


def _corner(preview: Any, side: int) -> Any:
    """A preview (see grader.verdict.Preview) with at most `side` rows, columns, items; 0: none of it."""
    if preview is None or side == 0:
        return None
    cut = dict(preview)
    cells, items, text = preview.get("cells"), preview.get("items"), preview.get("text", "")
    if cells and (len(cells) > side or any(len(row) > side for row in cells)):
        cut |= {"cells": [row[:side] for row in cells[:side]], "truncated": True}
    if items:
        cut["items"] = [[label, _corner(item, side)] for label, item in items[:side]]
        cut["truncated"] = bool(preview.get("truncated")) or len(items) > side
    if len(text) > side * CHARACTERS_OF_A_CELL:
        cut |= {"text": text[: side * CHARACTERS_OF_A_CELL], "truncated": True}
    return cut


class PackedField(models.BinaryField):  # type: ignore[type-arg]
    """A verdict as JSON data on our side and a packed column in the database."""

    def from_db_value(self, value: Any, *_: Any) -> dict[str, Any] | None:
        return None if value is None else unpacked(bytes(value))

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if isinstance(value, dict):
            value = packed(value)
        return super().get_db_prep_value(value, connection, prepared)

    def value_to_string(self, obj: models.Model) -> str:
        return json.dumps(self.value_from_object(obj))

    def to_python(self, value: Any) -> Any:
        return json.loads(value) if isinstance(value, str) else value


_UNSTORABLE = re.compile(r"\\u0000|\\ud[89a-f]|NaN|Infinity")


def storable(data: Any) -> Any:
    """JSON data that every database takes: no NUL, no half of a surrogate pair, no NaN.

    Text from a box may hold anything. Almost none does, so the slow walk is taken only when needed.
    """
    return _cleaned(data) if _UNSTORABLE.search(json.dumps(data)) else data


def _cleaned(data: Any) -> Any:
    if isinstance(data, str):
        return data.replace("\0", "\u2400").encode("utf-8", "replace").decode()
    if isinstance(data, float) and not math.isfinite(data):
        return str(data)
    if isinstance(data, list):
        return [_cleaned(item) for item in data]
    if isinstance(data, dict):
        return {_cleaned(key): _cleaned(item) for key, item in data.items()}
    return data
