"""Text and numbers from a box, made fit to be shown: capped, and with nothing in them that acts."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from heapq import nsmallest
from typing import Any, TypeGuard


def printable(text: str, most: int) -> str:
    """Capped, with control and bidirectional characters shown instead of obeyed."""
    return _HIDDEN.sub(_escaped, text[:most])


def gist(message: str, most: int = 300) -> str:
    """A message in one line. Of one that is too long each line keeps its begin, a single one its end too.

    What a library says first is often only where it happened; the name that is wrong stands further on.
    """
    lines = [" ".join(line.split()) for line in message.splitlines() if line.strip()]
    if len(lines) > _MOST_LINES:
        lines = [*lines[: _MOST_LINES - 2], *lines[-2:]]
    if len(lines) == 1 and len(lines[0]) > most:
        return f"{lines[0][: most * 2 // 3]} ... {lines[0][-(most // 3) :]}"
    room = most
    kept = dict.fromkeys(range(len(lines)), "")
    for left, index in enumerate(sorted(kept, key=lambda index: len(lines[index]))):
        share = room // (len(lines) - left)
        line = lines[index]
        kept[index] = line if len(line) <= share else f"{line[:share]} ..."
        room -= min(len(line), share)
    return " ".join(kept.values())


_MOST_LINES = 6
_HIDDEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff\ud800-\udfff]"
)


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


def called(functions: Sequence[str]) -> str:
    """The functions a probe calls, as a sentence names them."""
    quoted = [f"`{name}`" for name in functions]
    if not quoted:
        return "your code"
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"


def integer(value: int) -> str:
    """An int in digits, or its size where Python itself refuses to write so many."""
    return str(value) if value.bit_length() < 4000 else f"an integer of {value.bit_length()} bits"


def first_keys(keys: frozenset[Any], most: int) -> list[Any]:
    """Some members of a set, the same ones in every process: its own order is not."""

    def order(key: Any) -> tuple[str, Any]:
        return type(key).__name__, key_text(key) if isinstance(key, tuple) else key

    return sorted(nsmallest(most, keys, key=order), key=key_text)


def key_text(key: object, most: int = 40, deep: int = 3) -> str:
    """A key of a dict or a member of a set as code would write it, capped and printable."""
    if isinstance(key, tuple) and not deep:
        text = "(...)"
    elif isinstance(key, tuple):
        parts = ", ".join(key_text(part, most, deep - 1) for part in key[:8])
        text = f"({parts}{',' * (len(key) == 1)})"
    elif isinstance(key, int):
        text = integer(key)
    else:
        text = repr(key[:most]) if isinstance(key, str | bytes) else type(key).__name__
    return printable(text, most)


def apart(got: object, expected: object) -> tuple[str, str]:
    """Two numbers with as many digits as it takes to see that they differ."""
    if _is_number(got) and _is_number(expected) and not (isinstance(got, int) and isinstance(expected, int)):
        got, expected = float(got), float(expected)
        for digits in range(3, 18):
            one, other = f"{got:.{digits}g}", f"{expected:.{digits}g}"
            if one != other and digits > 3:
                return one, other
            if one != other and abs(got - expected) > 0.02 * max(abs(got), abs(expected)):
                return one, other
    return _short(got), _short(expected)


def _is_number(value: object) -> TypeGuard[int | float]:
    """Whether it is a finite number that a float holds to the last digit."""
    if isinstance(value, int) and not isinstance(value, bool):
        return abs(value) <= 2**53
    return isinstance(value, float) and math.isfinite(value)


def _short(value: object) -> str:
    if isinstance(value, float):
        return f"{value + 0.0:.6g}"
    if isinstance(value, int) and not isinstance(value, bool):
        return integer(value)
    return printable(str(value), 120)
