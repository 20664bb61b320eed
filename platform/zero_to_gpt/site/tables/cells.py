"""What the cells of two tables say: with how many digits, which of them differ, and by how much."""

from __future__ import annotations

import math
from typing import Any

Json = Any


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def deltas_of(got: Json, expected: Json) -> list[list[Json]]:
    """yours - expected; None where both are the same non-number, "≠" where no difference can be taken."""
    return [
        [_delta(a, b) for a, b in zip(mine, theirs, strict=True)]
        for mine, theirs in zip(got, expected, strict=True)
    ]


def _delta(got: Json, expected: Json) -> Json:
    if _is_number(got) and _is_number(expected):
        return float(got - expected)
    return None if got == expected else "≠"


def is_off(delta: Json, limit: float) -> bool:
    return delta is not None and (delta == "≠" or abs(delta) > limit)


def digits_for(got: Json, expected: Json, deltas: list[list[Json]], limit: float) -> int:
    """As few significant digits as still show every marked cell as different from the expected one."""
    pairs = [
        (a, b)
        for mine, theirs, row in zip(got, expected, deltas, strict=True)
        for a, b, delta in zip(mine, theirs, row, strict=True)
        if isinstance(delta, float) and is_off(delta, limit)
    ]
    for digits in (4, 6, 8, 10, 13):
        if all(f"{a:.{digits}g}" != f"{b:.{digits}g}" for a, b in pairs):
            return digits
    return 17


def decimals_for(grids: list[list[list[Json]]], digits: int) -> int | None:
    """How many decimals line these tables up, or None where the numbers are too far apart for that."""
    sizes = [abs(v) for grid in grids for row in grid for v in row if isinstance(v, float) and v]
    if not sizes or max(sizes) >= 1e5 or max(sizes) < 1e-3:
        return None
    decimals = max(0, digits - 1 - max(0, math.floor(math.log10(max(sizes)))))
    return decimals if min(sizes) >= 10.0**-decimals else None


def cell_text(value: Json, digits: int, decimals: int | None = None) -> str:
    if isinstance(value, float):
        return f"{value:.{digits}g}" if decimals is None else f"{value:.{decimals}f}"
    return str(value)


def worst_place(deltas: list[list[Json]]) -> tuple[int, int]:
    """Where the largest difference stands; the first cell of which none can be taken counts as that."""
    places = ((row, column) for row, numbers in enumerate(deltas) for column in range(len(numbers)))

    def size(place: tuple[int, int]) -> float:
        delta = deltas[place[0]][place[1]]
        return abs(delta) if isinstance(delta, float) else math.inf if delta else 0.0

    return max(places, key=size, default=(0, 0))


def difference_cell(delta: Json, limit: float, largest: float) -> tuple[str, str]:
    """What a cell of the difference shows, and its colour: orange above zero, blue below, deeper for more."""
    if delta == "≠":
        return "≠", "odd-value"
    if not delta:
        return "0", "same"
    if abs(delta) <= limit:
        return f"{delta:+.0e}", "same"
    heat = 1 + round(3 * abs(delta) / largest)
    return f"{delta:+.2g}", f"{'plus' if delta > 0 else 'minus'} h{heat}"
