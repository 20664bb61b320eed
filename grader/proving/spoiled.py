"""Values that no judge may accept: an answer's form with its numbers spoiled.

A judge is written for answers that are nearly right. What it says about numbers at the end of the range
(sums that become inf - inf), about arrays without entries (of which everything is true) and about zeros
is tried before it may pay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from sandbox_images.inside.wire import Bf16, Value

_Array = np.ndarray[Any, np.dtype[Any]]


def spoiled(value: Value) -> Iterator[tuple[str, Value]]:
    """(what was done, the value) for each way in which the numbers of a value can be spoiled."""
    for what, change in (("only huge numbers", _huge), ("no entries", _empty), ("only zeros", np.zeros_like)):
        yield what, _changed(value, change)


def _changed(value: Value, change: Callable[[_Array], _Array]) -> Value:
    match value:
        case list() | tuple():
            return type(value)(_changed(item, change) for item in value)
        case dict():
            return {key: _changed(item, change) for key, item in value.items()}
        case Bf16():
            return _changed(value.as_float32(), change)
        case np.ndarray():
            return change(value)
        case bool() | None | str() | bytes():
            return value
        case int() | float() | complex() | np.generic():
            one = change(np.asarray(value, dtype=None if isinstance(value, np.generic) else np.float64))
            return one if one.ndim else one[()]
    return value


def _huge(array: _Array) -> _Array:
    """The largest numbers of the dtype, with signs that take turns."""
    kind = array.dtype.kind
    if kind == "b":
        return np.ones_like(array)
    largest = np.iinfo(array.dtype).max if kind in "iu" else np.finfo(array.dtype).max
    huge = np.full(array.shape, largest, dtype=array.dtype)
    huge.reshape(-1)[1::2] *= -1 if kind != "u" else 1
    return huge


def _empty(array: _Array) -> _Array:
    return np.zeros((0, *array.shape[1:]), dtype=array.dtype)
