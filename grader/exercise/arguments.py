"""The arguments of `@probe(...)`, read from the syntax tree: literals and words of the language only.

Nothing is evaluated: a tolerance is looked up in a table, a bound is built from numbers.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from grader.exercise.mistakes import like
from grader.language import (
    EXACT,
    T16,
    T32,
    T64,
    TB16,
    Bound,
    T64n,
    Tolerance,
    accuracy,
    band,
    chi_square,
    probe,
    residual,
)
from grader.verdict import Failing

LANGUAGE = "grader.language"
MOST_SEEDS = 24
_TOLERANCES = {"T64": T64, "T64n": T64n, "T32": T32, "T16": T16, "TB16": TB16, "EXACT": EXACT}
NAMES = frozenset(
    {
        "probe",
        "calls",
        "travels",
        "Tolerance",
        "Bound",
        "residual",
        "band",
        "accuracy",
        "chi_square",
        *_TOLERANCES,
    }
)
_KINDS = tuple(kind.value for kind in (Failing.VALUE, Failing.GRADIENT, Failing.EDGE, Failing.PURITY))


class ArgumentError(Exception):
    """One argument is not what it must be; `node` is where."""

    def __init__(self, node: ast.AST, sentence: str) -> None:
        self.node = node
        super().__init__(sentence)


@dataclass(frozen=True)
class Settings:
    """The decorator's arguments, checked. What an author leaves out is as in `grader.language.probe`."""

    task: int
    points: float
    visible: bool
    seeds: int
    tolerance: Tolerance
    judge: Bound | None
    kind: str
    veto: bool
    pure: bool
    dtype: str
    seconds: float | None
    memory_mb: int | None
    times_faster: float | None
    wrt: tuple[str, ...]
    open: bool
    after: str | None
    short: Mapping[str, object] | None
    short_judge: Bound | None


_DEFAULTS = {
    name: parameter.default
    for name, parameter in inspect.signature(probe).parameters.items()
    if name != "task"
}


def read(call: ast.Call, language: Mapping[str, str]) -> Settings:
    """The settings of one `@probe(...)`. `language` maps local names to words of `grader.language`."""
    if call.args:
        raise ArgumentError(call.args[0], "name every argument, as in @probe(task=1).")
    known = ["task", *_DEFAULTS]
    given: dict[str, object] = {}
    for keyword in call.keywords:
        name, node = keyword.arg, keyword.value
        if name is None or name not in known:
            raise ArgumentError(node, f"@probe knows no argument `{name}`{like(name or '', known)}.")
        value = _argument(name, node, language)
        problem = _problem(name, value)
        if problem:
            raise ArgumentError(node, f"{name} must be {problem}.")
        given[name] = tuple(value) if isinstance(value, list) else value
    if "task" not in given:
        raise ArgumentError(call, "say which task it belongs to: @probe(task=1).")
    if given.get("open") and "seeds" not in given:
        given["seeds"] = 1
    if not given.get("veto") and given.get("points", 1) == 0:
        raise ArgumentError(
            call, "points must be a number above 0; a probe that pays nothing says veto=True."
        )
    return Settings(**(_DEFAULTS | given))


def _argument(name: str, node: ast.expr, language: Mapping[str, str]) -> object:
    if isinstance(node, ast.Name) and name == "after":
        return node.id
    if isinstance(node, ast.Name) and language.get(node.id) in _TOLERANCES:
        return _TOLERANCES[language[node.id]]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        called = language.get(node.func.id, "")
        if called in _MADE:
            make, usage = _MADE[called]
            positional = [_argument(name, item, language) for item in node.args]
            named = {str(item.arg): _argument(name, item.value, language) for item in node.keywords}
            says = named.get("says", "")
            if not isinstance(says, str) or len(says) > MOST_SAID:
                raise ArgumentError(node, f"says must be a text of at most {MOST_SAID} characters.")
            numbers = [*positional, *(value for key, value in named.items() if key != "says")]
            if not all(map(_is_number, numbers)):
                raise ArgumentError(node, f"{called} takes numbers, and perhaps says= with a text.")
            try:
                return make(*positional, **named)
            except TypeError:
                raise ArgumentError(node, f"write {usage}.") from None
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        raise ArgumentError(
            node,
            f"`{name}={ast.unparse(node)}` must be a literal or a word of {LANGUAGE},"
            " because probes.py is read and never run here.",
        ) from None


MOST_SAID = 120
_MADE: Mapping[str, tuple[Callable[..., object], str]] = {
    "Tolerance": (Tolerance, "Tolerance(rtol, atol)"),
    "residual": (residual, "residual(below=..., says=...)"),
    "band": (band, "band(low, high, says=...)"),
    "accuracy": (accuracy, "accuracy(low, high)"),
    "chi_square": (chi_square, "chi_square(p=...)"),
    "Bound": (Bound, "Bound(low, high)"),
}


def _problem(name: str, value: object) -> str | None:
    """What an argument must be, when it is not that."""
    flag = isinstance(value, bool)
    whole = isinstance(value, int) and not flag
    match name:
        case "task":
            return None if whole else "the number of a task"
        case "visible" | "veto" | "pure" | "open":
            return None if flag else "True or False"
        case "seeds":
            return None if whole and 1 <= value <= MOST_SEEDS else f"a whole number from 1 to {MOST_SEEDS}"  # type: ignore[operator]
        case "tolerance":
            if not isinstance(value, Tolerance):
                return "T64, T64n, T32, T16, TB16, EXACT or Tolerance(rtol, atol)"
            return None if value.rtol >= 0 and value.atol >= 0 else "made of numbers that are not negative"
        case "after":
            return None if isinstance(value, str) and value.isidentifier() else "the name of an open probe"
        case "short":
            sizes = isinstance(value, dict) and value and all(map(_is_size, value.items()))
            return None if sizes else 'a dict from inputs to numbers or texts, as in {"steps": 20}'
        case "judge" | "short_judge":
            if not isinstance(value, Bound):
                return "residual(below=...), band(low, high), accuracy(low, high) or chi_square(p=...)"
            return None if value.low <= value.high else "a bound that something can meet"
        case "kind":
            return None if value in _KINDS else "one of " + ", ".join(_KINDS)
        case "dtype":
            return None if value in ("same", "any") else '"same" or "any"'
        case "wrt":
            names = isinstance(value, tuple | list) and value and all(isinstance(item, str) for item in value)
            return None if names else 'a tuple of names of inputs, as in ("x", "W")'
        case "points":
            return None if _is_number(value) and 0 <= value <= 1000 else "a number above 0"  # type: ignore[operator]
        case "memory_mb":
            return None if whole and 1 <= value <= 65536 else "a whole number of megabytes"  # type: ignore[operator]
        case _:
            return None if _is_number(value) and 0 < value < 1e6 else "a number above 0"  # type: ignore[operator]


def _is_size(item: tuple[object, object]) -> bool:
    name, value = item
    return isinstance(name, str) and name.isidentifier() and isinstance(value, bool | int | float | str)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value
