"""How a right answer of the author's failed at a probe: where, what came, and what it was asked with."""

from __future__ import annotations

import re

from grader.exercise.probes import Probe
from grader.feedback.differences import said
from grader.verdict import ArrayDiff, CallDetail, ErrorReport, Failing, Json, Preview, ProbeResult

MOST_TEXT = 60
"""Characters of one value; of what is longer its beginning stands there."""
MOST_TOLD = 240
MOST_ITEMS = 4


def sentence(probe: Probe, result: ProbeResult) -> str:
    """ "at probe `Name` (seed 7): failed. What differs. Asked with x = ...", for the author only."""
    detail = result.detail
    if detail is None:
        return f"at probe `{probe.name}`: {result.word.value}. {result.message}".rstrip()
    told = str(result.message)
    case = ""
    if detail.error is not None:
        told = _error(detail.error)
    elif detail.differences:
        told = _difference(detail.differences[0], probe)
        case = _case(detail.differences[0], detail.inputs)
    asked = _asked(detail, case)
    return (
        f"at probe `{probe.name}` (seed {detail.seed}): {result.word.value}. {told.rstrip('.')}{asked or '.'}"
    )


def _error(error: ErrorReport) -> str:
    """The last line of its traceback, and where it was raised."""
    line = " ".join(f"{error.type}: {error.message}".rstrip(": ").split())
    where = (
        f" (line {error.line}{f', `{error.code.strip()}`' if error.code.strip() else ''})"
        if error.line
        else ""
    )
    return f"{_short(line, MOST_TOLD)}{where}"


def _difference(diff: ArrayDiff, probe: Probe) -> str:
    at = said(diff.path, probe.places) or (f" {diff.path}" if diff.path else "")
    got, expected = diff.worst_got, diff.worst_expected
    if diff.kind is Failing.SHAPE:
        got, expected = diff.got_shape, diff.expected_shape
    if diff.kind is Failing.DTYPE:
        got, expected = diff.got_dtype, diff.expected_dtype
    within = f", accepted within {diff.limit:.3g}" if diff.limit else ""
    return f"{diff.kind.value} differs{f' at{at}' if at else ''}: got {got}, expected {expected}{within}"


def _cases(inputs: Preview | None) -> Preview | None:
    """The list of cases of a shorthand's inputs."""
    found = dict(inputs.items) if inputs is not None and inputs.kind == "dict" else {}
    cases = found.get("cases")
    return cases if cases is not None and cases.kind == "list" else None


def _case(diff: ArrayDiff, inputs: Preview | None) -> str:
    """The number of the case that differs, where the inputs are a list of them."""
    found = re.match(r"\[(\d+)\]", diff.path)
    return found[1] if found and _cases(inputs) is not None else ""


def _asked(detail: CallDetail, case: str) -> str:
    """ " Asked with x = 1.0, n = 3.", of many cases with the one that differs, or the first."""
    inputs, cases = detail.inputs, _cases(detail.inputs)
    if inputs is None or inputs.kind != "dict":
        return ""
    which = ""
    if cases is not None:
        shown = dict(cases.items).get(case or "0")
        which = f" case [{case}] of {cases.text}:" if case else f" {cases.text} cases, the first:"
        if shown is None:
            return f". Asked with{which[:-1].replace(', the first', '')}."
        inputs = shown
    if inputs.kind != "dict":
        return f". Asked with{which} {_value(inputs)}."
    values = [f"{name} = {_value(value)}" for name, value in inputs.items if not name.startswith("_")]
    return f". Asked with{which} {_short(', '.join(values), MOST_TOLD)}." if values else ""


def _value(value: Preview) -> str:
    match value.kind:
        case "array":
            numbers = [number for row in value.cells or () for number in row]
            many = len(numbers) > MOST_ITEMS or value.truncated
            few = ", ".join(map(_number, numbers[:MOST_ITEMS])) + (", ..." if many else "")
            shape = "x".join(map(str, value.shape or ()))
            return f"{value.dtype} {shape} [{few}]"
        case "text":
            return _short(repr(value.text), MOST_TEXT)
        case "list" | "dict":
            named = value.kind == "dict"
            items = [f"{name}: {_value(item)}" if named else _value(item) for name, item in value.items]
            many = len(items) > MOST_ITEMS or value.truncated
            few = ", ".join(items[:MOST_ITEMS]) + (", ..." if many else "")
            begin, end = "{}" if named else "[]"
            return _short(f"{begin}{few}{end}", MOST_TEXT)
    return _short(value.text, MOST_TEXT)


def _number(number: Json) -> str:
    return f"{number:.4g}" if isinstance(number, float) else str(number)


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 3]}..."
