"""What a learner reads about one difference between two values: where, what came back, what to try."""

from __future__ import annotations

import re
from collections.abc import Sequence

from grader.exercise.places import Places
from grader.values.plaintext import apart, called
from grader.verdict import ArrayDiff, Failing

LARGE_LIMIT = 1000.0
"""From here on a tolerance is told as a share of the number."""
_STEP = re.compile(r"\[((?:[^\[\]'\"]|'[^']*'|\"[^\"]*\")*)\]")


def sentence(diff: ArrayDiff, functions: Sequence[str], places: Places = (), question: str = "") -> str:
    """What came back, what was expected, what to try.

    `question`: the check, as an adverbial. It is named where the difference is one truth value, which may be
    the check's own: what it found about what the functions returned.
    """
    who = called(functions)
    part = said(diff.path, places)
    after = f" for{part}" if part else ""
    match diff.kind:
        case Failing.ERROR:
            wanted = f", expected {diff.worst_expected}" if diff.worst_expected else ""
            text = f"{who} raised {diff.worst_got}{after}{wanted}."
        case Failing.STRUCTURE if diff.worst_got == "nothing" and is_whole(diff.path, places):
            return f"{who} returned nothing{after}. Is a `return` missing?"
        case Failing.STRUCTURE if diff.worst_got == "nothing":
            text = f"{who} returned None{after}, expected {diff.worst_expected}."
        case Failing.STRUCTURE:
            text = f"{who} returned {diff.worst_got}{after}, expected {diff.worst_expected}."
        case Failing.SHAPE:
            text = f"{who} returned shape {diff.got_shape}{after}, expected {diff.expected_shape}."
        case Failing.DTYPE:
            text = f"{who} returned dtype {diff.got_dtype}{after}, expected {diff.expected_dtype}."
        case _:
            text = _of_values(diff, who, part, question)
    return f"{text} {diff.note}" if diff.note else text


def _of_values(diff: ArrayDiff, who: str, part: str, question: str) -> str:
    got, expected = apart(diff.worst_got, diff.worst_expected)
    within = _tolerance(diff)
    truth = isinstance(diff.worst_expected, bool)
    if truth and diff.total == 1 and question:
        return f"{who}: {question}, {got} came out{f' for{part}' if part else ''}, expected {expected}."
    if diff.total == 1 or diff.worst_index is None:
        return f"{who} returned {got}{f' for{part}' if part else ''}, expected {expected}{within}."
    index = list(diff.worst_index)
    things = f"{'truth values' if truth else 'numbers'}{f' of{part}' if part else ''}"
    differ = "differs, at" if diff.differing == 1 else "differ; the worst is"
    return (
        f"{who}: {diff.differing} of {diff.total} {things} {differ} {index}: "
        f"yours {got}, expected {expected}{within}."
    )


def _tolerance(diff: ArrayDiff) -> str:
    """How far off is accepted, where that is small beside the expected number or in itself."""
    if not diff.limit or {diff.worst_got, diff.worst_expected} & {"nan", "inf", "-inf"}:
        return ""
    if diff.limit < LARGE_LIMIT:
        return f" (tolerance {diff.limit:.1g})"
    if isinstance(diff.worst_expected, str) or not diff.worst_expected:
        return ""
    share = diff.limit / abs(float(diff.worst_expected))
    return f" (tolerance {share:.1g} of it)" if share < 1 else ""


def is_whole(path: str, places: Places) -> bool:
    """Whether a path of `compare` leads to all that one call returned, not to a part of it."""
    where: object = places
    if isinstance(where, tuple) and where[:1] == ("named",):
        where = where[2]
    cases = isinstance(where, tuple) and where[:1] == ("case",)
    return len(_STEP.findall(path)) <= cases


def said(path: str, places: Places) -> str:
    """ " `dW`, case [2]" for "[2][1]": the part at a path of `compare`, with a space before it.

    Empty for the whole value where that has no name. Numbers are indices, counted from 0.
    """
    steps = _STEP.findall(path)
    name = ""
    case = ""
    where: object = places
    rest: list[str] = []
    if isinstance(where, tuple) and where[:1] == ("named",):
        name, where = str(where[1]), where[2]
    for step in steps:
        kind = where[0] if isinstance(where, tuple) and where else ""
        found = ""
        inner: object = ()
        if kind == "case" and isinstance(where, tuple) and not name and not rest:
            case, where = f"case [{step}]", where[1]
            if isinstance(where, tuple) and where[:1] == ("named",):
                name, where = str(where[1]), where[2]
            continue
        if kind == "parts" and isinstance(where, tuple) and step.isdigit() and int(step) < len(where) - 1:
            part = where[1 + int(step)]
            if isinstance(part, tuple):
                found, inner = str(part[0]), part[1]
        if found and not rest:
            name = found
        elif step[:1] in "'\"" and not name and not rest:
            name = step[1:-1]
        else:
            rest.append(step)
        where = inner
    indices = "".join(f"[{step}]" for step in rest)
    parts = []
    if name:
        parts.append(f"`{name}{indices}`")
    elif indices:
        parts.append(f"value {indices}")
    if case:
        parts.append(case)
    return f" {', '.join(parts)}" if parts else ""
