"""Guesses at what happened, from two values alone: said only when the numbers leave little doubt."""

from __future__ import annotations

import re
from collections.abc import Collection
from itertools import islice
from typing import Any

import numpy as np

from grader.values.plaintext import first_keys, key_text
from sandbox_images.inside.wire import Opaque, Raised, Value

_Array = np.ndarray[Any, np.dtype[Any]]
_Shape = tuple[int, ...]
_SURE = 1e-9
_LARGEST_FACTOR = 100_000
_CLOSE = "It is close: is something rounded on the way, or an eps added that is not asked for?"
LONG_TEXT = 60
"""Of a longer text only what stands around the first difference is shown."""
_STRIDE = 4096
MOST_KEYS = 8
"""So many keys of a dict are named."""


def of_structure(got: Value, expected: Value, *, gradient: bool = False) -> str:
    """For a value of another kind than asked for; `gradient`: gradients are asked for."""
    if got is None:
        return "No gradient came to it." if gradient else "Was it never set?"
    if isinstance(got, Opaque):
        return _of_opaque(got)
    if isinstance(expected, Raised) or (isinstance(got, list | tuple) and isinstance(expected, list | tuple)):
        return ""
    if isinstance(got, list | tuple) and len(got) == 1:
        return "Is there a comma too many after the `return`?" if isinstance(got, tuple) else ""
    if isinstance(got, tuple) and isinstance(expected, np.ndarray | np.generic | float | int):
        return "Return only the one value."
    if isinstance(got, list) and isinstance(expected, np.ndarray):
        return "Make it an array: np.array(...)."
    if isinstance(expected, list | tuple) and isinstance(got, np.ndarray | np.generic | float | int):
        return f"Return {len(expected)} values: `return a, b` makes a tuple." if len(expected) > 1 else ""
    return ""


def _of_opaque(got: Opaque) -> str:
    name = got.type_name
    if name in ("generator", "map", "filter", "zip", "range", "reversed", "enumerate") or "iterator" in name:
        return "It has not been computed yet: wrap it in list(...)."
    if name in ("dict_keys", "dict_values", "dict_items"):
        return "Wrap it in list(...)."
    if name in ("function", "method", "builtin_function_or_method", "type"):
        return "Are the parentheses of a call missing?"
    if name == "ellipsis":
        return "Is this still the `...` of the starter?"
    if name == "ndarray" and "object" in got.why:
        return "Its rows may have different lengths."
    return ""


def of_keys(missing: Collection[Any], extra: Collection[Any]) -> str:
    """Which keys of a dict, or members of a set, are missing and which are not asked for."""
    parts = []
    for what, keys in (("missing", missing), ("not asked for", extra)):
        if keys:
            few = first_keys(keys, MOST_KEYS) if isinstance(keys, frozenset) else islice(keys, MOST_KEYS)
            more = f" and {len(keys) - MOST_KEYS} more" if len(keys) > MOST_KEYS else ""
            parts.append(f"{what}: {', '.join(map(key_text, few))}{more}")
    text = "; ".join(parts)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def of_text(got: str | bytes, expected: str | bytes) -> str:
    if type(got) is not type(expected):
        return ""
    where = _first_difference(got, expected)
    return f"{where}{' ' if where else ''}{_of_all_text(got, expected)}".strip()


def _first_difference(got: str | bytes, expected: str | bytes) -> str:
    """Where two texts part, unless they are so short that everybody sees it."""
    if max(len(got), len(expected)) <= LONG_TEXT:
        return ""
    unit = "byte" if isinstance(got, bytes) else "character"
    same = first_difference(got, expected)
    if same == len(expected):
        return f"It goes on after {unit} {same:,}, where it should end."
    if same == len(got):
        return f"It ends after {unit} {same:,} of {len(expected):,}."
    return f"They differ from {unit} {same:,} on, counted from 0."


def first_difference(got: str | bytes, expected: str | bytes) -> int:
    """How many leading characters or bytes two texts share."""
    begin, end = 0, min(len(got), len(expected))
    while begin < end and got[begin : begin + _STRIDE] == expected[begin : begin + _STRIDE]:
        begin += _STRIDE
    pairs = zip(got[begin : begin + _STRIDE], expected[begin : begin + _STRIDE], strict=False)
    return next((n for n, (a, b) in enumerate(pairs, begin) if a != b), end)


def _of_all_text(got: str | bytes, expected: str | bytes) -> str:
    if got.strip() == expected.strip():
        return "Only the spaces or line ends around it differ."
    if got.lower() == expected.lower():
        return "Only upper and lower case differ."
    if got[::-1] == expected:
        return "It is reversed."
    return ""


def of_shape(got: _Shape, expected: _Shape) -> str:
    if not expected and set(got) == {1}:
        return "One number is asked for, not an array that holds one: take it out with [0] or .item()."
    if not expected:
        return "One number is asked for: is a sum or a mean missing?"
    if not got and set(expected) == {1}:
        return f"An array of shape {expected} is asked for, not the number alone: keepdims=True keeps axes."
    if not got:
        return "One number came back: was it summed, or averaged, over every axis?"
    if len(got) > 1 and got == expected[::-1]:
        return "It is transposed."
    if _without_ones(got) == _without_ones(expected):
        if len(got) < len(expected):
            return "An axis of length 1 is missing: keepdims=True keeps it, [:, None] adds one."
        if len(got) > len(expected):
            return "There is an axis of length 1 too many."
        return "An axis of length 1 stands in another place."
    count = max(expected)
    if len(got) == 2 and got == (count, count) and expected in ((count,), (count, 1), (1, count)):
        return f"Shapes ({count}, 1) and ({count},) broadcast to ({count}, {count}): give both one shape."
    for axis in range(len(expected)):
        if got == (*expected[:axis], *expected[axis + 1 :]):
            return f"Axis {axis}, of length {expected[axis]}, is gone: was it summed away?"
        if got == (*expected[:axis], 1, *expected[axis + 1 :]):
            return f"Axis {axis}, of length {expected[axis]}, was summed up to length 1."
    for axis in range(len(got)):
        if expected == (*got[:axis], *got[axis + 1 :]):
            return f"Axis {axis} should have been summed over, or is one too many."
    if sorted(got) == sorted(expected):
        return "The axes are in another order."
    if np.prod(got, dtype=object) == np.prod(expected, dtype=object):
        return "The number of entries is right, their arrangement is not."
    return ""


def _without_ones(shape: _Shape) -> _Shape:
    return tuple(n for n in shape if n != 1)


def of_dtype(got: str, expected: str) -> str:
    wide = re.fullmatch(r"(b?float|complex)(\d+)", got)
    asked = re.fullmatch(r"(b?float|complex)(\d+)", expected)
    if wide and asked:
        if int(wide[2]) > int(asked[2]):
            return "Keep the dtype of the input: arrays made without a dtype are float64."
        return "Digits were lost: somewhere the numbers are rounded to a smaller dtype."
    if asked and re.match(r"u?int", got):
        return "Whole numbers cut off every fraction: is an array made with an integer dtype?"
    if asked and got == "bool":
        return "A comparison gives True and False; numbers are asked for."
    return ""


def of_values(got: _Array, expected: _Array, limit: float, *, gradient: bool = False) -> str:
    """What relates two arrays of one shape, if anything simple does; `gradient`: they are gradients."""
    if got.dtype == object or expected.dtype == object or got.dtype.kind == "b" or expected.dtype.kind == "b":
        return ""
    wide = np.complex128 if "c" in (got.dtype.kind, expected.dtype.kind) else np.float64
    mine, wanted = got.astype(wide), expected.astype(wide)
    if not np.isfinite(wanted).all():
        return ""
    if np.isnan(mine).any():
        return (
            "nan is what 0/0, 0 times inf, inf - inf and the root or log of a negative number give: which of "
            "them can happen here?"
        )
    if np.isinf(mine).any():
        if mine.dtype == np.float64 and (mine[np.isinf(mine)] < 0).all():
            return "-inf is what the log of 0 gives."
        return "inf is what a division by 0, an exp of a large number and the power of one give."
    with np.errstate(all="ignore"):
        return _related(mine, wanted, limit, gradient)


def _related(mine: _Array, wanted: _Array, limit: float, gradient: bool) -> str:
    scale = float(np.abs(wanted).max())
    if scale == 0:
        return ""
    near = max(limit, _SURE * scale)

    def equal(one: _Array, other: _Array) -> bool:
        return bool((np.abs(one - other) <= near).all())

    if equal(mine, wanted):
        return "" if _are_whole(mine, wanted) else _CLOSE
    several = wanted.size > 1
    if several and not mine.any():
        return "All your numbers are 0."
    if equal(mine, -wanted):
        return "The sign is flipped." if not several else "Every sign is flipped."
    if text := _of_factor(mine, wanted, near, gradient):
        return text
    if not several:
        return ""
    telling = _is_telling(mine, wanted, near)
    if mine.ndim == 2 and mine.shape[0] == mine.shape[1] and equal(mine.T, wanted):
        return "It is transposed."
    offsets = mine - wanted
    same = np.abs(offsets - offsets.flat[0]).max() <= near < abs(offsets.flat[0]) / 10
    if same and np.abs(wanted - wanted.flat[0]).max() > near:
        return f"Every number is off by the same {abs(offsets.flat[0]):.4g}."
    for axis in range(mine.ndim):
        if telling and mine.shape[axis] > 1 and equal(np.flip(mine, axis), wanted):
            return f"The order along axis {axis} is reversed."
    if (
        telling
        and wanted.dtype != np.complex128
        and equal(np.sort(mine, axis=None), np.sort(wanted, axis=None))
    ):
        return "The numbers are right, but in another order."
    if np.abs(mine - wanted).max() <= 2e-6 * scale:
        return _CLOSE
    return ""


def _is_telling(mine: _Array, wanted: _Array, near: float) -> bool:
    """Whether what relates all of two arrays is more than chance: of whole numbers three, of others two.

    One constant is a multiple of any other, and two classes are each other's opposite in many ways.
    """
    sizes = np.unique(np.abs(wanted))
    sizes = sizes[sizes > near]
    if sizes.size < 2 or sizes[-1] - sizes[0] <= near:
        return False
    return sizes.size > 2 or not _are_whole(mine, wanted)


def _are_whole(*arrays: _Array) -> bool:
    return all(bool((array == np.round(array)).all()) for array in arrays)


def _of_factor(mine: _Array, wanted: _Array, near: float, gradient: bool) -> str:
    """A constant factor between all entries; of a single number only a whole one or its inverse.

    Where chance would do as well, it is said only if a length explains it.
    """
    norm = float(np.vdot(wanted, wanted).real)
    factor = complex(np.vdot(wanted, mine)) / norm if norm and np.isfinite(norm) else 0j
    ratio = factor.real
    if abs(factor.imag) > _SURE * abs(ratio) or not 1e-8 < abs(ratio) < 1e8:
        return ""
    if (np.abs(mine - ratio * wanted) > near * max(abs(ratio), 1e-6)).any():
        return ""
    size = abs(ratio)
    sign = ", with the sign flipped" if ratio < 0 else ""
    whole, inverse = round(size), round(1 / size)
    rough = min(max(1e-7, 2 * near / float(np.abs(wanted).max())), 1e-3)
    each = "Every number" if wanted.size > 1 else "It"
    telling = not _are_whole(mine, wanted) if wanted.size == 1 else _is_telling(mine, wanted, near)
    if 2 <= whole <= _LARGEST_FACTOR and abs(size / whole - 1) < rough < 0.02 / whole:
        times = "twice" if whole == 2 else f"{whole} times"
        why = _axis(whole, wanted, "Is a division missing?" if gradient else "")
        return f"{each} is {times} the expected one{sign}.{why}" if telling or why else ""
    if 2 <= inverse <= _LARGEST_FACTOR and abs(size * inverse - 1) < rough < 0.02 / inverse:
        part = "half" if inverse == 2 else f"1/{inverse} of"
        why = _axis(inverse, wanted, "Is a mean taken for a sum?" if gradient else "")
        return f"{each} is {part} the expected one{sign}.{why}" if telling or why else ""
    if wanted.size == 1 or not telling or f"{size:.6g}" == "1":
        return ""
    return f"Every number is {size:.6g} times the expected one{sign}."


def _axis(number: int, array: _Array, question: str) -> str:
    """What in the array is so long, with a space before it, and a question about that."""
    question = f" {question}" if question else ""
    places = [axis for axis, length in enumerate(array.shape) if length == number]
    if len(places) == 1 and number > 2:
        return f" {number} is the length of axis {places[0]}.{question}"
    if number == array.size and array.ndim > 1:
        return f" {number} is the number of all entries.{question}"
    return ""
