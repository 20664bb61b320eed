"""What a failing probe says is true of every answer that gets it, and of a hidden one tells nothing of its input."""

# ruff: noqa: E501  (tables of sentences)
from __future__ import annotations

import dataclasses
import re

import numpy as np
import pytest

from grader.feedback import sentences
from grader.grading.expected import Case
from grader.grading.outcome import NOT_JUDGED, Asked, Call, decide, sentence
from grader.language import EXACT, T64, residual
from grader.values.hints import first_difference
from grader.values.judges import number
from grader.values.plaintext import gist
from grader.values.weighing import Scales
from grader.verdict import ErrorReport, Failing
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
         "`slope` returned too many items in a part of the result on a hidden example."),
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


LONG = "the cat sat on the mat. " * 10
ODD = LONG[:130] + "#" + LONG[131:]


@pytest.mark.parametrize(
    ("got", "expected", "text"),
    [
        (ODD, LONG, "`slope` returned ...' the mat. the cat sa# on the mat. the cat sat on the mat. th'..., expected "
         "...' the mat. the cat sat on the mat. the cat sat on the mat. th'.... They differ from character 130 on, "
         "counted from 0."),
        (LONG[:200], LONG, "It ends after character 200 of 240."),
        (LONG + "x", LONG, "It goes on after character 240, where it should end."),
        (LONG + "\n", LONG, "It goes on after character 240, where it should end. Only the spaces or line ends"),
        (LONG.encode()[:200], LONG.encode(), "It ends after byte 200 of 240."),
        ("x" + LONG, LONG, "`slope` returned 'xthe cat sat"),
        ("cat", "car", "`slope` returned 'cat', expected 'car'."),
        (frozenset(range(20)), frozenset(range(1, 30)), "Missing: 20, 21, 22, 23, 24, 25, 26, 27 and 2 more; not asked for: 0."),
        (frozenset(), frozenset({1}), "`slope` returned an empty set, expected {1}. Missing: 1."),
        (complex(1, 1.0000001), complex(1, 1), "returned 1+1.0000001000000001j, expected 1+1j (tolerance 1e-09)."),
        (X * 1e300 * (1 + 1e-6), X * 1e300, "expected 5e+300 (tolerance 1e-09 of it)."),
        (5.0, 1e300, "`slope` returned 5, expected 1e+300 (tolerance 1e-09 of it)."),
        (np.array([3.0, 1e300]), np.array([0.0, 1.1e300]), "expected 1.1e+300 (tolerance 1e-09 of it)."),
        (np.array([np.nan, 1.0]), np.array([0.0, 1.0]), "yours nan, expected 0. nan is what"),
        (3.0000001, 3.0, "`slope` returned 3.0000001, expected 3 (tolerance 3e-09)."),
        (np.array([True, False]), np.array([True, True]), "1 of 2 truth values differs, at [1]: yours False, expected True."),
    ],
)  # fmt: skip
def test_where_two_values_differ_is_in_view(got, expected, text):
    assert text in told(got, expected)


def test_a_whole_number_and_one_that_is_nearly_it_look_different():
    assert "returned 3.0000001, expected 3 " in told(3.0000001, 3, dtype="any")


@pytest.mark.parametrize("place", [0, 1, 4095, 4096, 4097, 9999])
def test_the_first_difference_of_long_texts(place):
    text = "ab" * 5000
    assert first_difference(text[:place] + "#" + text[place + 1 :], text) == place
    assert first_difference(text[:place], text) == place
    assert first_difference(text.encode(), text[:place].encode()) == place


def test_a_truth_value_is_told_with_what_was_asked():
    asked = {"title": "Scores rise with every step."}
    assert told(False, True, **asked) == (
        "`slope`: in the check \u201cScores rise with every step\u201d, False came out, expected True."
    )
    assert told([1.0, False], [1.0, True], **asked).endswith(", False came out for value [1], expected True.")


def test_what_a_judge_measures_is_called_what_its_author_calls_it():
    judged = {"parts": ("make", "ask", "judge"), "title": "One step downhill"}
    named = residual(below=0.5, says="the largest gap between two slopes")
    assert told(X, X, judged=0.75, bound=named, **judged) == (
        "`slope`: the largest gap between two slopes came to 0.75; at most 0.5 is accepted."
    )
    counted = residual(below=0.5, says="the number of objects that are missing")
    assert told(X, X, judged=2.0, bound=counted, **judged) == (
        "`slope`: the number of objects that are missing came to 2; none is accepted."
    )
    plain = residual(below=0.5)
    assert told(X, X, judged=0.75, bound=plain, **judged) == (
        "`slope`: in the check \u201cOne step downhill\u201d, what this check measures came to 0.75; "
        "at most 0.5 is accepted."
    )
    holds = told(X, X, judged=number(True), bound=plain, **judged)
    assert holds == "`slope`: in the check \u201cOne step downhill\u201d, what is asked does not hold."


def test_where_several_answers_are_right_another_one_is_no_mistake():
    """What a judge says in words is told, not that the numbers are not the reference's."""
    judged = {"parts": ("make", "ask", "judge"), "bound": residual(below=0.5), "title": "An order"}
    clause = "3 stands before its parent."
    for got, expected in (([3, 1, 2], [1, 2, 3]), (np.array([3, 1]), np.array([1, 3])), ("b a", "a b")):
        assert told(got, expected, judged=clause, **judged) == (
            "`slope`: in the check \u201cAn order\u201d, 3 stands before its parent."
        )
    shape = "`slope` returned shape (3,), expected (4,)."
    assert told(np.ones(3), np.ones(4), judged=clause, **judged) == f"{shape} {clause}"
    assert told(np.ones(3), np.ones(4), judged=f"{NOT_JUDGED} (IndexError).", **judged) == shape


COLUMN = np.array([[1.5], [2.5], [-0.5]])


@pytest.mark.parametrize(
    ("got", "expected", "probe", "guess"),
    [
        (COLUMN / 3, COLUMN, {"kind": Failing.GRADIENT},
         "Every number is 1/3 of the expected one. 3 is the length of axis 0. Is a mean taken for a sum?"),
        (COLUMN * 3, COLUMN, {"kind": Failing.GRADIENT}, "Every number is 3 times the expected one. 3 is the length of axis 0. Is a division missing?"),
        (COLUMN / 3, COLUMN, {}, "Every number is 1/3 of the expected one. 3 is the length of axis 0."),
        (COLUMN / 5, COLUMN, {"kind": Failing.GRADIENT}, "Every number is 1/5 of the expected one."),
        (np.full(4, 1.0), np.full(4, 0.25), {}, "Every number is 4 times the expected one. 4 is the length of axis 0."),
        (np.full(4, 1.0), np.full(4, 0.2), {}, ""),
        (np.full(4, 0.37), np.full(4, 0.2), {}, ""),
        (np.full(4, 1.5), np.full(4, 1.0), {}, ""),
        (np.array([3, 6]), np.array([1, 2]), {}, ""),
        (np.array([3, 6, 9]), np.array([1, 2, 3]), {}, "Every number is 3 times the expected one. 3 is the length of axis 0."),
        (6, 3, {}, ""),
        (10**12 + 1, 10**12, {}, ""),
        (6.0, 3.0, {}, ""),
        (0.125, 0.25, {}, "It is half the expected one."),
        (np.array([0, 1, 1, 0]), np.array([1, 0, 0, 1]), {}, ""),
        (np.array([0, 1, 1]), np.array([1, 1, 0]), {}, ""),
        (np.array([3, 1, 2]), np.array([2, 3, 1]), {}, "The numbers are right, but in another order."),
        (np.nextafter(COLUMN, 9), COLUMN, {"tolerance": EXACT}, "It is close: is something rounded on the way, or an eps added that is not asked for?"),
        (X + 1, X, {}, "Every number is off by the same 1."),
        (np.array([1.5, 2.5, 3.5]), np.array([1.0, 2.0, 3.5]), {}, ""),
    ],
)  # fmt: skip
def test_a_guess_explains_every_number_and_more_than_chance_would(got, expected, probe, guess):
    text = told(got, expected, **probe)
    found = re.fullmatch(r".*?, expected \S+?(?: \(tolerance \S+\))?\.(?: (.*))?", text)
    assert found, text
    assert (found[1] or "") == guess


STATE = """Error(s) in loading state_dict for Sequential:
\tMissing key(s) in state_dict: "0.bias"{more}.\x20
\tUnexpected key(s) in state_dict: "x".\x20
\tsize mismatch for 0.weight: copying a param with shape torch.Size([3, 3]) from checkpoint, the shape in current model is torch.Size([3, 2])."""


def test_of_a_message_of_several_lines_those_that_name_the_key_are_kept():
    error = ErrorReport(
        type="RuntimeError", message=STATE.format(more=""), line=7, code="m.load_state_dict(s)"
    )
    text = sentences.of_error(error, ["load"])
    assert text.startswith(
        "`load` raised RuntimeError: Error(s) in loading state_dict for Sequential: Missing key(s)"
    )
    for part in (
        '"0.bias"',
        'Unexpected key(s) in state_dict: "x"',
        "size mismatch for 0.weight",
        ", at line 7: `m.load",
    ):
        assert part in text
    many = STATE.format(more="".join(f', "{n}.weight"' for n in range(100)))
    for text in (
        sentences.of_error(dataclasses.replace(error, message=many), ["load"]),
        told(wire.Raised(("RuntimeError", "Exception"), many), X),
    ):
        assert len(text) < 450
        for part in (
            'Missing key(s) in state_dict: "0.bias"',
            'Unexpected key(s) in state_dict: "x"',
            "size mismatch for 0.weight",
        ):
            assert part in text


def test_a_long_message_keeps_its_end_too():
    text = gist("where it happened " * 50 + "the key 'b' is wrong")
    assert text.startswith("where it happened")
    assert text.endswith("the key 'b' is wrong")
    assert len(text) < 310
    assert gist("\n".join(f"line {n}" for n in range(40))) == "line 0 line 1 line 2 line 3 line 38 line 39"
    assert gist(" \n ") == ""


def test_of_a_hidden_call_the_name_of_a_builtin_exception_is_all_that_is_told():
    error = ErrorReport(type="RuntimeError", message=STATE, line=7, code="secret")
    for kind, name in (("RuntimeError", "RuntimeError"), ("Secret0.25", "an exception")):
        hidden = sentences.of_hidden_probe(
            Failing.ERROR, None, dataclasses.replace(error, type=kind), ["load"]
        )
        assert hidden == f"`load` raised {name} on a hidden example."
