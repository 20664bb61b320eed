"""What a failing probe says is true of every answer that gets it, and of a hidden one tells nothing of its input."""

# ruff: noqa: E501  (tables of sentences)
from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from grader.grading.expected import Case
from grader.grading.outcome import Asked, Call, decide, sentence
from grader.language import T64
from grader.values.weighing import Scales
from grader.verdict import Failing
from sandbox_images.inside import wire
from tests.unit.test_exercise import GOOD

X = np.array([[1.0, 2.0], [3.0, 5.0]])
PLAIN = dataclasses.replace(
    GOOD.probe("Slope"),
    bound=None,
    kind=Failing.VALUE,
    places=(),
    functions=("slope",),
    tolerance=T64,
    parts=("make", "ask", "truth"),
)


def told(got, expected, *, changed=(), visible=True, judged=None, **settings) -> str:
    """What is said of an answer; `judged`: what the author's judge finds."""
    probe = dataclasses.replace(PLAIN, **settings)
    case = Case(wire.encode({"x": X}), wire.encode(expected))
    one = Asked(probe, [Call("1", case, blob=wire.encode(got), value=True, changed=changed)])
    decide(one, lambda _, calls: [judged] * len(calls), Scales())
    assert not one.passed
    return sentence(probe, one.calls[0], visible=visible, starter="def slope(x): ...")


def test_an_input_is_called_changed_only_where_it_was():
    """A probe whose author calls its failures "purity" may find a wrong result, too."""
    wrong = told(X + 1, X, kind=Failing.PURITY)
    assert wrong.startswith("`slope`: 4 of 4 numbers differ")
    hidden = told(X + 1, X, kind=Failing.PURITY, visible=False)
    assert hidden == "`slope` is wrong where arrays are written into, kept or shared, on a hidden example."
    assert told(X, X, changed=("x",)) == "`slope` changed its input `x`. Work on a copy."
    assert (
        told(X, X, changed=("x",), visible=False)
        == "`slope` changed its input on a hidden example. Work on a copy."
    )
    both = told(X + 1, X, changed=("x",), kind=Failing.PURITY)
    assert "changed" not in both


CASES = ("case", ("parts", ("dx", ()), ("dW", ())))


@pytest.mark.parametrize(
    ("got", "expected", "probe", "visible", "hidden"),
    [
        (None, X, {}, "`slope` returned nothing. Is a `return` missing?",
         "`slope` returned nothing on a hidden example. Is a `return` missing?"),
        ([(X, X), None], [(X, X), (X, X)], {"places": CASES},
         "`slope` returned nothing for case [1]. Is a `return` missing?",
         "`slope` returned nothing on a hidden example. Is a `return` missing?"),
        ([(X, X), (X, None)], [(X, X), (X, X)], {"places": CASES, "kind": Failing.GRADIENT},
         "`slope` returned None for `dW`, case [1], expected an array of shape (2, 2). No gradient came to it.",
         "`slope` returned None for a part of the result on a hidden example."),
        ([X, 1.0, None], [X, 1.0, "x"], {}, "`slope` returned None for value [2], expected a text. Was it never set?",
         "`slope` returned None for a part of the result on a hidden example."),
        ([1, 2, 3], [1, 2, 3, 4], {}, "`slope` returned a list of 3 items, expected a list of 4 items.",
         "`slope` returned too few items, expected a list of 4 items, on a hidden example."),
        ([[1, 2], [3, 4]], [[1, 2], [3]], {},
         "`slope` returned a list of 2 items for value [1], expected a list of 1 item.",
         "`slope` returned too many items in a part of the result, expected a list of 1 item, on a hidden example."),
        ({"dW": X, "x": X}, {"dW": X, "db": X}, {},
         "`slope` returned a dict with the keys 'dW', 'x', expected a dict with the keys 'dW', 'db'. "
         "Missing: 'db'; not asked for: 'x'.",
         "`slope` returned a dict with other keys than asked for on a hidden example."),
        ({str(n): n for n in range(19)}, {str(n): n for n in range(30)}, {},
         "`slope` returned a dict of 19 keys, expected a dict of 30 keys. "
         "Missing: '19', '20', '21', '22', '23', '24', '25', '26' and 3 more.",
         "`slope` returned a dict with other keys than asked for on a hidden example."),
        ({}, {"a": 1}, {}, "`slope` returned an empty dict, expected a dict with the key 'a'. Missing: 'a'.",
         "`slope` returned a dict with other keys than asked for on a hidden example."),
        ("[1]", [1], {}, "`slope` returned a text, expected a list of 1 item.",
         "`slope` returned another kind of value than asked for on a hidden example."),
    ],
)  # fmt: skip
def test_what_is_missing_too_short_or_of_another_kind(got, expected, probe, visible, hidden):
    assert told(got, expected, **probe) == visible
    assert told(got, expected, visible=False, **probe) == hidden
