"""Compares what a learner's code returned with what is expected: facts about how they differ.

Both are parsed values (`wire.decode`), so nothing from a box takes part in its own comparison. Of two
arrays the shapes must be equal (nothing broadcasts), then the dtypes, then the non-finite entries in
their places, then `max|got - expected| <= atol + rtol * max|expected|` over the finite ones of that
one array. Integers, booleans and texts are equal or not. A tuple is a list, a Python number is a
numpy scalar; numbers in a list are compared each at its own scale.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from grader.language import Tolerance
from grader.values import hints
from grader.values.plaintext import first_keys, gist, key_text, printable
from grader.values.preview import cell, preview
from grader.verdict import ArrayDiff, Failing
from sandbox_images.inside.wire import Bf16, Opaque, Raised, Value

__all__ = ["compare", "preview"]

MOST_DIFFERENCES = 32
_BEFORE = 20
"""Characters of a long text that are shown before the place where it differs."""
ENOUGH = 2000
"""After so many differences in one list the rest of it is not looked at."""
_Array = np.ndarray[Any, np.dtype[Any]]


def compare(
    got: Value,
    expected: Value,
    tolerance: Tolerance,
    *,
    dtype: str = "same",
    kind: Failing = Failing.VALUE,
) -> tuple[ArrayDiff, ...]:
    """Every difference, in the order of the structure; empty when the answer is right.

    `dtype="any"` compares numbers of different dtypes; `kind` is what a wrong number is called.
    """
    comparison = _Comparison(tolerance, dtype == "any", kind)
    comparison.compare(got, expected, "")
    return tuple(comparison.found[:MOST_DIFFERENCES])


class _Comparison:
    def __init__(self, tolerance: Tolerance, any_dtype: bool, kind: Failing) -> None:
        self.tolerance = tolerance
        self.any_dtype = any_dtype
        self.kind = kind
        self.found: list[ArrayDiff] = []

    def structure(self, got: Value, expected: Value, path: str, note: str = "") -> None:
        gradient = self.kind is Failing.GRADIENT and _is_numeric(expected)
        self.found.append(
            ArrayDiff(
                path=path,
                kind=Failing.STRUCTURE,
                worst_got=noun(got),
                worst_expected=noun(expected),
                note=note or hints.of_structure(got, expected, gradient=gradient),
            )
        )

    def lengths(
        self,
        got: Sequence[Any] | dict[Any, Any],
        expected: Sequence[Any] | dict[Any, Any],
        path: str,
        note: str = "",
    ) -> None:
        """Two lists or two dicts of which one has more items or other keys."""
        self.structure(got, expected, path, note)
        self.found[-1] = replace(self.found[-1], got_shape=(len(got),), expected_shape=(len(expected),))

    def compare(self, got: Value, expected: Value, path: str) -> None:
        if isinstance(expected, Raised) or isinstance(got, Raised):
            self.raised(got, expected, path)
        elif isinstance(got, Opaque) or isinstance(expected, Opaque):
            self.structure(got, expected, path)
        elif isinstance(expected, dict) and isinstance(got, dict):
            self.dicts(got, expected, path)
        elif isinstance(expected, list | tuple) and isinstance(got, list | tuple):
            self.sequences(got, expected, path)
        elif _is_numeric(expected) and _is_numeric(got):
            self.numbers(got, expected, path)
        elif type(got) is not type(expected) or got is None:
            if got is not expected:
                self.structure(got, expected, path)
        elif got != expected:  # two texts, two bytes, two sets of plain keys
            self.texts(got, expected, path)

    def raised(self, got: Value, expected: Value, path: str) -> None:
        if isinstance(got, Raised):
            if isinstance(expected, Raised) and expected.names[0] in got.names:
                return
            told = gist(got.message).rstrip(". ")
            message = f": {told}" if told else ""
            wanted = expected.names[0] if isinstance(expected, Raised) else ""
            self.found.append(
                ArrayDiff(
                    path=path,
                    kind=Failing.ERROR,
                    worst_got=printable(got.names[0][:100] + message, 500),
                    worst_expected=wanted,
                )
            )
        else:
            self.structure(got, expected, path)

    def texts(self, got: Value, expected: Value, path: str) -> None:
        first = None
        if isinstance(got, frozenset):
            note = hints.of_keys(expected - got, got - expected)
            texts = [_members(value) for value in (got, expected)]
        else:
            first = (hints.first_difference(got, expected),)
            note = hints.of_text(got, expected)
            texts = [_quoted(value, first[0]) for value in (got, expected)]
        self.found.append(
            ArrayDiff(
                path=path,
                kind=self.kind,
                differing=1,
                total=1,
                first_index=first,
                worst_index=first,
                worst_got=texts[0],
                worst_expected=texts[1],
                note=note,
            )
        )

    def dicts(self, got: dict[Any, Any], expected: dict[Any, Any], path: str) -> None:
        missing = [key for key in expected if key not in got]
        extra = [key for key in got if key not in expected]
        if missing or extra:
            self.lengths(got, expected, path, hints.of_keys(missing, extra))
        for key, item in expected.items():
            if key in got and not _is_same(got[key], item):
                self.compare(got[key], item, f"{path}[{key_text(key, 80)}]")

    def sequences(self, got: Sequence[Any], expected: Sequence[Any], path: str) -> None:
        if len(got) != len(expected):
            self.lengths(got, expected, path)
            return
        before = len(self.found)
        suspects = self.suspects(got, expected)
        unseen = 0
        for number, index in enumerate(suspects):
            self.compare(got[index], expected[index], f"{path}[{index}]")
            if len(self.found) - before >= ENOUGH:
                unseen = len(suspects) - number - 1
                break
        mine = self.found[before:]
        flat = all(_is_scalar(item) for item in expected)
        if len(mine) > 1 and flat and all(diff.kind is self.kind for diff in mine):
            self.found[before:] = [_merged(mine, path, len(mine) + unseen, len(expected))]

    def suspects(self, got: Sequence[Any], expected: Sequence[Any]) -> Sequence[int]:
        """The places worth a look: all of them, except where a plain list shows at once that it is right."""
        kinds = {type(item) for item in expected}
        if len(expected) > 8 and kinds == {type(item) for item in got} and len(kinds) == 1:
            if kinds <= {int, bool, str, bytes}:
                return [n for n, (a, b) in enumerate(zip(got, expected, strict=True)) if a != b]
            if kinds == {float}:
                one, other = np.array(got), np.array(expected)
                with np.errstate(all="ignore"):
                    limit = self.tolerance.atol + self.tolerance.rtol * np.abs(other)
                    # Any finite number is within the limit of an infinite one.
                    right = np.isfinite(other) & (np.abs(one - other) <= limit)
                    return [int(n) for n in np.flatnonzero(~right)]
        return range(len(expected))

    def numbers(self, got: Value, expected: Value, path: str) -> None:
        if self.plainly_right(got, expected):
            return
        mine, wanted = _as_array(got), _as_array(expected)
        facts = ArrayDiff(
            path=path,
            kind=self.kind,
            got_shape=mine.shape,
            expected_shape=wanted.shape,
            got_dtype=_dtype(got),
            expected_dtype=_dtype(expected),
            total=wanted.size,
        )
        if mine.shape != wanted.shape:
            note = hints.of_shape(mine.shape, wanted.shape)
            self.found.append(replace(facts, kind=Failing.SHAPE, note=note))
        elif not self.any_dtype and not _same_dtype(got, expected):
            note = hints.of_dtype(_dtype(got), _dtype(expected))
            self.found.append(replace(facts, kind=Failing.DTYPE, note=note))
        elif wanted.size:
            self.values(mine, wanted, facts)

    def plainly_right(self, got: Value, expected: Value) -> bool:
        """Whether finite numbers of one type are within the limit: most are. False says nothing."""
        if type(got) is type(expected) and type(got) in (float, np.float64):
            distance, scale = abs(float(got) - float(expected)), abs(float(expected))
        elif (
            not isinstance(got, np.ndarray)
            or not isinstance(expected, np.ndarray)
            or got.dtype != expected.dtype
            or got.shape != expected.shape
            or not expected.size
        ):
            return False
        elif expected.dtype.kind in "biu":
            return bool((got == expected).all())
        elif expected.dtype != np.float64:
            return False  # smaller floats are compared in a larger type
        else:
            with np.errstate(all="ignore"):
                distance, scale = float(np.abs(got - expected).max()), float(np.abs(expected).max())
        if not (math.isfinite(distance) and math.isfinite(scale)):
            return False
        return distance <= self.tolerance.atol + (self.tolerance.rtol * scale if scale else 0.0)

    def values(self, got: _Array, expected: _Array, facts: ArrayDiff) -> None:
        one, other = _wide(got), _wide(expected)
        limit: float | None = None
        if got.dtype.kind in "biuO" and expected.dtype.kind in "biuO":
            wrong = np.asarray(got != expected, dtype=bool)
            with np.errstate(all="ignore"):
                distance = np.abs(one - other)
        else:
            finite = np.isfinite(other)
            limit = self.limit(other[finite])
            with np.errstate(all="ignore"):
                distance = np.where(finite & np.isfinite(one), np.abs(one - other), np.inf)
            # An int beyond all floats is a finite number still: it equals another int, and no float.
            if got.dtype != object and expected.dtype != object:
                distance = np.where(_same_non_finite(one, other), 0.0, distance)
            # Where anything finite will do, a nan or an infinity is still no number.
            wrong = distance > limit if np.isfinite(limit) else np.isinf(distance)
        if not wrong.any():
            return
        distance = np.where(wrong, distance, -1.0)
        worst = np.unravel_index(int(np.argmax(distance)), wrong.shape)
        first = np.unravel_index(int(np.argmax(wrong)), wrong.shape)
        one_cell, other_cell = cell(got[worst]), cell(expected[worst])
        if one_cell == other_cell and object not in (got.dtype, expected.dtype):  # complex, and look alike
            one_cell, other_cell = (f"{complex(array[worst]):.17g}" for array in (got, expected))
        self.found.append(
            replace(
                facts,
                differing=int(wrong.sum()),
                first_index=tuple(int(n) for n in first),
                worst_index=tuple(int(n) for n in worst),
                worst_got=one_cell,
                worst_expected=other_cell,
                limit=limit if limit is None or np.isfinite(limit) else None,
                note=hints.of_values(got, expected, limit or 0.0, gradient=self.kind is Failing.GRADIENT),
            )
        )

    def limit(self, finite: _Array) -> float:
        """The largest difference that is accepted; the scale is that of this one expected array."""
        scale = float(np.abs(finite).max()) if finite.size else 0.0
        return self.tolerance.atol + (self.tolerance.rtol * scale if scale else 0.0)


def noun(value: Value) -> str:
    """What kind of thing a value is, as a sentence names it."""
    match value:
        case None:
            return "nothing"
        case bool() | np.bool_():
            return f"the truth value {value}"
        case str():
            return "a text"
        case bytes():
            return "bytes"
        case list() | tuple():
            count = len(value)
            return f"{'an empty' if not count else 'a'} {type(value).__name__}" + (
                f" of {count} item{'s' if count > 1 else ''}" if count else ""
            )
        case dict():
            if len(value) > hints.MOST_KEYS:
                return f"a dict of {len(value)} keys"
            keys = ", ".join(map(key_text, value))
            return f"a dict with the key{'s' if len(value) > 1 else ''} {keys}" if value else "an empty dict"
        case frozenset():
            return f"a set of {len(value)}"
        case Raised():
            return f"{value.names[0]} to be raised"
        case Opaque():
            why = f" ({value.why})" if value.why else ""
            return printable(f"a `{value.type_name}`{why}", 300)
    shape = _as_array(value).shape
    if shape:
        return f"an array of shape {shape}"
    return {"i": "a whole number", "u": "a whole number", "c": "a complex number"}.get(
        _as_array(value).dtype.kind, "a number"
    )


def _is_scalar(value: Value) -> bool:
    return isinstance(value, int | float | complex | np.generic)


def _is_same(got: Value, expected: Value) -> bool:
    """Whether two plain values are of one type and equal; False says nothing."""
    return type(got) is type(expected) and isinstance(expected, int | str | bytes) and bool(got == expected)


def _is_numeric(value: Value) -> bool:
    return isinstance(value, int | float | complex | np.generic | np.ndarray | Bf16)


def _as_array(value: Value) -> _Array:
    if isinstance(value, Bf16):
        return value.as_float32()
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 63:
        return np.array(value, dtype=object)  # a Python int of our own parsing: exact at any size
    return np.asarray(value)


def _dtype(value: Value) -> str:
    if isinstance(value, Bf16):
        return "bfloat16"
    if isinstance(value, np.ndarray | np.generic):
        return str(value.dtype)
    return type(value).__name__


def _same_dtype(got: Value, expected: Value) -> bool:
    """Two numpy values have one dtype; with a plain Python number it is enough to be of one kind."""
    if isinstance(got, np.ndarray | np.generic | Bf16) and isinstance(
        expected, np.ndarray | np.generic | Bf16
    ):
        return _dtype(got) == _dtype(expected)
    mine, wanted = _kind(got), _kind(expected)
    return (
        mine == wanted
        or (mine == "int" and wanted in ("float", "complex"))
        or (mine, wanted) == ("float", "complex")
    )


def _kind(value: Value) -> str:
    kind = _as_array(value).dtype.kind
    return {"b": "bool", "i": "int", "u": "int", "O": "int", "f": "float", "c": "complex"}[kind]


def _wide(array: _Array) -> _Array:
    """In float64 or complex128, where differences of smaller floats are exact."""
    if array.dtype == object:
        try:
            return array.astype(np.float64)
        except OverflowError:
            return np.full(array.shape, np.inf)
    return array.astype(np.complex128 if array.dtype.kind == "c" else np.float64)


def _same_non_finite(one: _Array, other: _Array) -> _Array:
    """Where both are nan, or the same infinity; of complex numbers in both parts."""
    same = ~(np.isfinite(one) | np.isfinite(other))
    for part in (np.real, np.imag):
        a, b = part(one), part(other)
        same &= (a == b) | (np.isnan(a) & np.isnan(b))
    return same


def _merged(diffs: list[ArrayDiff], path: str, differing: int, total: int) -> ArrayDiff:
    """The wrong numbers of one list as one difference; the worst is the one farthest past its limit."""

    def excess(diff: ArrayDiff) -> float:
        try:
            return abs(float(diff.worst_got) - float(diff.worst_expected)) / (diff.limit or 1e-300)
        except (TypeError, ValueError, OverflowError):
            return float("inf")

    def index(diff: ArrayDiff) -> int:
        return int(diff.path.rpartition("[")[2].rstrip("]"))

    worst = max(diffs, key=excess)
    return replace(
        worst,
        path=path,
        differing=differing,
        total=total,
        got_shape=None,
        expected_shape=None,
        first_index=(index(diffs[0]),),
        worst_index=(index(worst),),
        note="",
    )


def _members(value: frozenset[Any]) -> str:
    if not value:
        return "an empty set"
    members = [key_text(key) for key in first_keys(value, 8)] + ["..."] * (len(value) > 8)
    return f"{{{', '.join(members)}}}"


def _quoted(value: str | bytes, first: int) -> str:
    """A text as code would write it; of a long one what stands around the place of the first difference."""
    begin = 0
    if len(value) > hints.LONG_TEXT and first > hints.LONG_TEXT // 2:
        begin = max(0, min(first - _BEFORE, len(value) - _BEFORE))
    end = begin + hints.LONG_TEXT
    return f"{'...' * (begin > 0)}{printable(repr(value[begin:end]), 110)}{'...' * (end < len(value))}"
