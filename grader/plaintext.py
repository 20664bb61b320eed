"""Text and numbers from a box, made fit to be shown: capped, and with nothing in them that acts."""

from __future__ import annotations

import math
from collections.abc import Sequence


def printable(text: str, most: int) -> str:
    """Capped, with control and bidirectional characters shown instead of obeyed."""
    out = []
    for char in text[:most]:
        code = ord(char)
        hidden = (code < 32 and char not in "\n\t") or 0x7F <= code < 0xA0
        hidden = hidden or code in (0x061C, 0x200B, 0x200E, 0x200F, 0x2028, 0x2029, 0x2060, 0xFEFF)
        if hidden or 0x202A <= code <= 0x202E or 0x2066 <= code <= 0x2069 or 0xD800 <= code <= 0xDFFF:
            out.append(f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}")
        else:
            out.append(char)
    return "".join(out)


def called(functions: Sequence[str]) -> str:
    """The functions a probe calls, as a sentence names them."""
    quoted = [f"`{name}`" for name in functions]
    if not quoted:
        return "your code"
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"


def integer(value: int) -> str:
    """An int in digits, or its size where Python itself refuses to write so many."""
    return str(value) if value.bit_length() < 4000 else f"an integer of {value.bit_length()} bits"


def key_text(key: object, most: int = 40) -> str:
    """A key of a dict or a member of a set as code would write it, capped and printable."""
    if isinstance(key, tuple):
        text = f"({', '.join(key_text(part, most) for part in key[:8])}{',' * (len(key) == 1)})"
    elif isinstance(key, int):
        text = integer(key)
    else:
        text = repr(key[:most]) if isinstance(key, str | bytes) else type(key).__name__
    return printable(text, most)


def apart(got: object, expected: object) -> tuple[str, str]:
    """Two numbers with as many digits as it takes to see that they differ."""
    if (
        isinstance(got, float)
        and isinstance(expected, float)
        and math.isfinite(got)
        and math.isfinite(expected)
    ):
        for digits in range(3, 18):
            one, other = f"{got:.{digits}g}", f"{expected:.{digits}g}"
            if one != other and digits > 3:
                return one, other
            if one != other and abs(got - expected) > 0.02 * max(abs(got), abs(expected)):
                return one, other
    return _short(got), _short(expected)


def _short(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, int) and not isinstance(value, bool):
        return integer(value)
    return printable(str(value), 120)
