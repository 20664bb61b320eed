"""Bounds on numbers, applied outside: what an author's judge returned, or what is measured here.

A judge's number comes from an author's box; `accuracy` and `chi_square` are worked out here from two
parsed values, the learner's and that of `truth`, which never was in the learner's box.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from grader.language import EXACT, Bound
from grader.values.compare import compare, noun
from grader.values.plaintext import printable
from sandbox_images.inside.wire import Value

_Array = np.ndarray[Any, np.dtype[Any]]
_SMALLEST_EXPECTED_COUNT = 5.0
_FAR_OFF = 1e9
"""What a judge returns of a thing that has not the form it measures; no measure of ours is so large."""
_NOT_ONE = 0.5
"""The bound of a judge that counts mistakes."""


def number(value: Value) -> float | str:
    """What a judge returned as one number, or its own clause about what is wrong.

    Raises TypeError for anything else.
    """
    if isinstance(value, str) and value.strip():
        return printable(value.strip(), 300)
    if isinstance(value, bool):
        return value  # a number, too; what is said of it is another thing
    if isinstance(value, int | float | np.integer | np.floating):
        return float(value) if not isinstance(value, int) or value.bit_length() < 1000 else math.inf
    if isinstance(value, np.ndarray) and value.size == 1 and value.dtype.kind in "biuf":
        return float(value.reshape(()))
    raise TypeError(f"judge must return a number, or a text that says what is wrong, not {noun(value)}")


def measure(bound: Bound, got: Value, expected: Value) -> float | str:
    """The number that a bound without a judge asks for, or a clause that says why there is none."""
    return _accuracy(got, expected) if bound.measure == "accuracy" else _chi_square(got, expected)


def is_like_truth(bound: Bound | None) -> bool:
    """Whether what is measured has the form of what `truth` returns (draws are no probabilities)."""
    return bound is not None and bound.measure == "accuracy"


def outside(bound: Bound, value: float) -> str:
    """Empty when the number is in its bound (nan never is), otherwise a clause for the learner."""
    if bound.low <= value <= bound.high:
        return ""
    if bound.measure == "accuracy":
        share = _beside(value, bound.low, bound.high)
        return f"{share} of the labels are right; accepted is {bound.low:.3g} to {bound.high:.3g}."
    if bound.measure == "chi_square":
        return f"the draws do not follow the probabilities asked for{_how_rare(value)}."
    if isinstance(value, bool):
        return "what is asked does not hold."
    what = bound.says or "what this check measures"
    accepted = _accepted(bound)
    if math.isnan(value):
        return f"{what} came out as nan, which is no number; {accepted}."
    if abs(value) >= _FAR_OFF:
        return f"{what} lies far outside; {accepted}."
    if bound.low != -bound.high:
        return f"{what} came to {_beside(value, bound.low, bound.high)}; {accepted}."
    size = abs(value)
    if bound.high == _NOT_ONE and size == int(size) and bound.says.startswith("the number of "):
        return f"{what} came to {int(size)}; none is accepted."
    if not bound.says and bound.high == _NOT_ONE and size == int(size):
        mistakes = "1 mistake was" if size == 1 else f"{int(size)} mistakes were"
        return f"{mistakes} counted, none is accepted."
    return f"{what} came to {_beside(size, bound.high)}; {accepted}."


def _accepted(bound: Bound) -> str:
    """What a bound asks for; a side so far away that it bounds nothing is not named."""
    if bound.low == -bound.high or bound.low <= -_FAR_OFF:
        return f"at most {bound.high:.3g} is accepted"
    if bound.high >= _FAR_OFF:
        return f"at least {bound.low:.3g} is accepted"
    return f"accepted is {bound.low:.3g} to {bound.high:.3g}"


def _how_rare(chance: float) -> str:
    """How often right draws would look so, with a comma before it."""
    if chance < 1e-12:
        return f": right ones {'hardly ever' if chance else 'never'} look like this"
    return f": right ones are so far off about once in {_round(1 / chance)} times"


def _round(number: float) -> str:
    """Its first digit and zeros, with commas."""
    step: int = 10 ** (len(str(int(number))) - 1)
    return f"{round(number / step) * step:,}"


def _beside(value: float, *bounds: float) -> str:
    """A number that is not equal to a bound, so that it does not look equal either."""
    told = {f"{bound:.3g}" for bound in bounds}
    precise = (f"{value:.{digits}g}" for digits in (3, 5, 8, 12, 17))
    return next((text for text in precise if text not in told), repr(value))


def _accuracy(got: Value, expected: Value) -> float | str:
    if isinstance(expected, list | tuple) and isinstance(got, list | tuple):
        if len(got) != len(expected):
            return f"{len(got)} labels came back, {len(expected)} are asked for"
        same = [_same_label(one, other) for one, other in zip(got, expected, strict=True)]
        return sum(same) / len(same) if same else "there are no labels"
    mine, wanted = _numeric(got), _numeric(expected)
    if mine is None or wanted is None:
        return f"returned {noun(got)}, expected {noun(expected)}"
    if mine.shape != wanted.shape:
        return f"returned labels of shape {mine.shape}, expected {wanted.shape}"
    return float(np.mean(mine == wanted)) if wanted.size else "there are no labels"


def _same_label(one: Value, other: Value) -> bool:
    if isinstance(one, int | float | np.generic) and isinstance(other, int | float | np.generic):
        return bool(one == other)
    return type(one) is type(other) and not compare(one, other, EXACT)


def _numeric(value: Value) -> _Array | None:
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        return value
    return None


def _chi_square(got: Value, expected: Value) -> float | str:
    """The p-value of Pearson's test; the rarest categories are counted together until 5 are expected.

    One category that is expected a fiftieth of a time would reject right draws whenever it occurs.
    """
    if not isinstance(expected, dict) or not {"probabilities", "draws"} <= expected.keys():
        return 'truth must return {"probabilities": ..., "draws": ...}'
    probabilities = np.asarray(expected["probabilities"], dtype=np.float64).reshape(-1)
    wanted = int(expected["draws"])
    draws = np.asarray(got) if isinstance(got, list | tuple) and _all_numbers(got) else _numeric(got)
    if draws is None or draws.dtype.kind not in "iuf":
        return f"returned {noun(got)}, expected {wanted} draws"
    if draws.size != wanted:
        return f"returned {draws.size} draws, expected {wanted}"
    draws = draws.reshape(-1)
    inside = (draws >= 0) & (draws < len(probabilities)) & (draws == np.floor(draws))
    if not inside.all():
        return 0.0
    counts = np.bincount(draws.astype(np.int64), minlength=len(probabilities)).astype(np.float64)
    if counts[probabilities <= 0].any():
        return 0.0
    due = wanted * probabilities / probabilities.sum()
    rising = np.argsort(due, kind="stable")
    together = 1 + int(np.searchsorted(np.cumsum(due[rising]), _SMALLEST_EXPECTED_COUNT))
    due, counts = (np.append(a[rising[together:]], a[rising[:together]].sum()) for a in (due, counts))
    if len(due) < 2:
        return 1.0
    statistic = float(((counts - due) ** 2 / due).sum())
    return chi_square_tail(statistic, len(due) - 1)


def _all_numbers(values: Value) -> bool:
    return all(isinstance(value, int | float | np.integer | np.floating) for value in values)


def chi_square_tail(statistic: float, freedom: int) -> float:
    """The chance of a larger statistic: the regularised upper incomplete gamma function Q(k/2, x/2).

    A series where it converges fast, otherwise Lentz's continued fraction (Abramowitz and Stegun
    6.5.29 and 6.5.31).
    """
    a, x = freedom / 2, statistic / 2
    if x <= 0:
        return 1.0
    if not math.isfinite(x):
        return 0.0
    front = math.exp(a * math.log(x) - x - math.lgamma(a))
    if x < a + 1:
        term = total = 1 / a
        n = a
        while abs(term) > 1e-17 * abs(total):
            n += 1
            term *= x / n
            total += term
        return max(0.0, 1 - front * total)
    tiny = 1e-300
    b = x + 1 - a
    c, d = 1 / tiny, 1 / b
    fraction = d
    for n in range(1, 10_000):
        step = -n * (n - a)
        b += 2
        d = 1 / (step * d + b or tiny)
        c = b + step / c or tiny
        fraction *= d * c
        if abs(d * c - 1) < 1e-15:
            break
    return front * fraction
