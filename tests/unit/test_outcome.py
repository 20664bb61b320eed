"""A bound without a judge is measured outside, on the parsed value and the truth alone."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from grader.grading import blame
from grader.grading.expected import Case
from grader.grading.outcome import Asked, Call, decide, read, sentence
from grader.language import accuracy, chi_square, residual
from grader.sandbox.cells import CellEnd, CellRun, RawValue
from grader.values.weighing import Scales
from grader.verdict import Failing, ProbeWord
from sandbox_images.inside import wire
from tests.unit.test_exercise import GOOD

LABELS = np.array([0, 1, 2, 1, 0, 1, 2, 2, 1, 0])
PROBE = dataclasses.replace(
    GOOD.probe("Slope"),
    bound=accuracy(0.8, 0.95),
    kind=Failing.VALUE,
    visible=True,
    parts=("make", "ask", "truth"),
)


def asked(got, expected=LABELS, probe=PROBE) -> Asked:
    case = Case(wire.encode({}), wire.encode(expected))
    one = Asked(probe, [Call(seed="1", case=case, blob=wire.encode(got), value=True)])

    def nobody(*_):
        raise AssertionError("there is no author's judge to ask")

    decide(one, nobody, Scales())
    return one


def test_accuracy_in_its_band_passes():
    nearly = LABELS.copy()
    nearly[3] = 0
    assert asked(nearly).passed


@pytest.mark.parametrize(
    ("got", "kind", "text"),
    [
        (LABELS, Failing.VALUE, "1 of the labels are right; accepted is 0.8 to 0.95."),
        (LABELS * 0, Failing.VALUE, "0.3 of the labels are right; accepted is 0.8 to 0.95."),
        (LABELS[:4], Failing.SHAPE, "returned shape (4,), expected (10,)."),
        (None, Failing.STRUCTURE, "returned nothing. Is a `return` missing?"),
    ],
)
def test_accuracy_outside_its_band_fails_with_its_reason(got, kind, text):
    one = asked(got)
    assert not one.passed
    assert one.word in (None, ProbeWord.FAILED)
    assert one.calls[0].kind is kind
    assert text in sentence(PROBE, one.calls[0], visible=True)


def test_draws_are_measured_against_probabilities():
    probe = dataclasses.replace(PROBE, bound=chi_square())
    truth = {"probabilities": np.array([0.5, 0.5]), "draws": 1000}
    draws = np.random.default_rng(3).integers(0, 2, 1000)
    assert asked(draws, truth, probe).passed
    assert not asked(draws * 0, truth, probe).passed
    few = asked(draws[:10], truth, probe)
    assert not few.passed
    assert sentence(probe, few.calls[0], visible=True).endswith("returned 10 draws, expected 1000")


NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize("bad", [NAN, INF, -INF, np.float32(NAN), complex(0, NAN), np.array([1.0, NAN])])
def test_a_judge_never_sees_a_number_that_is_not_finite_where_the_reference_has_none(bad):
    parts = ("make", "ask", "judge")
    probe = dataclasses.replace(PROBE, bound=residual(below=1.0), parts=parts, kind=Failing.VALUE)
    truth = {"w": [np.array([1.0, 2.0]), 3.0], "name": "a"}
    seen = []

    def judge(_, calls):
        seen.extend(calls)
        return [0.0 for _ in calls]

    def settled(got, expected):
        one = Asked(
            probe,
            [Call("1", Case(wire.encode({}), wire.encode(expected)), blob=wire.encode(got), value=True)],
        )
        decide(one, judge, Scales())
        return one

    failing = settled({"w": [np.array([1.0, 2.0]), bad], "name": "a"}, truth)
    assert not failing.passed
    assert seen == []
    assert "not finite" in sentence(probe, failing.calls[0], visible=True)
    assert settled(truth, truth).passed
    assert settled({"w": [bad]}, {"w": [NAN]}).passed  # then it is for the judge to say


def changed(value):
    raw = RawValue(0, wire.encode(1), wire.encode(value), None, 0.0)
    run = CellRun(
        ok=True, stdout="", error=None, values=(raw,), displays=(), started=0.0, seconds=0.0,
        charged=0.0, end=CellEnd.FINISHED,
    )  # fmt: skip
    call = Call("1", Case(b"", b""))
    read(run, [call])
    return call.changed


def test_the_names_of_changed_inputs_are_few_and_words():
    assert changed(["x", "y"]) == ("x", "y")
    assert changed([10**3000, "x"]) == ("x",)
    many = changed([f"{n:090}" for n in range(30)])
    assert len(many) == 8
    assert max(map(len, many)) <= 80
    assert changed([f"{n:090}" for n in range(1000)]) == ()
    assert changed({"x": 1}) == ()


def test_a_wrong_shape_tells_nothing_of_a_hidden_input():
    probe = dataclasses.replace(PROBE, bound=None, visible=False)
    truth = np.ones((2, 3))
    for shape, shown in (
        ((3, 2), True),
        ((6,), True),
        ((1, 2, 3), True),
        ((2, 100_123), False),
        ((0, 7), False),
    ):
        one = asked(np.ones(shape), truth, probe)
        text = sentence(probe, one.calls[0], visible=False)
        assert (str(shape) in text) is shown, text
        assert "(2, 3)" in text


@pytest.mark.parametrize(("setting", "asked_again"), [({}, 1), ({"open": True}, 0), ({"after": "Trains"}, 0)])
def test_no_training_is_repeated_to_find_who_is_to_blame(setting, asked_again):
    probe = dataclasses.replace(PROBE, bound=None, visible=False, **setting)
    call = Call("1", Case(wire.encode({}), wire.encode(1.0)), blob=wire.encode(2.0), value=True)
    call.kind = Failing.VALUE
    assert len(blame._failed([Asked(probe, [call])])) == asked_again
