"""Numbers are bounded outside; statistics are worked out from parsed values and truths."""

# ruff: noqa: E501  (a table of sentences)
from __future__ import annotations

import math

import numpy as np
import pytest

from grader.exercise.folder import ExerciseError, from_files
from grader.language import Bound, accuracy, band, chi_square, residual
from grader.proving.spoiled import spoiled
from grader.values.judges import chi_square_tail, measure, number, outside
from sandbox_images.inside.wire import Opaque
from tests.unit.test_exercise import GOOD, NAME, changed

RNG = np.random.default_rng(11)


@pytest.mark.parametrize("value", [2, 2.0, np.float32(2), np.int8(2), np.array(2.0), np.array([[2.0]])])
def test_what_a_judge_may_return(value):
    assert number(value) == 2.0


@pytest.mark.parametrize("value", [None, " ", [2.0], np.zeros(2), Opaque("map"), 1j, np.array(["2"])])
def test_what_a_judge_may_not_return(value):
    with pytest.raises(
        TypeError, match="judge must return a number, or a text that says what is wrong, not "
    ):
        number(value)


def test_what_a_judge_says_in_words_is_what_is_wrong():
    assert number("two places hold one number") == "two places hold one number"
    assert number("a\x1b[31m" + "b" * 400) == "a\\x1b[31m" + "b" * 294


@pytest.mark.parametrize(
    ("bound", "value", "clause"),
    [
        (residual(below=1e-9), -1e-9, ""),
        (residual(below=1e-9), 2e-9, "what this check measures came to 2e-09; at most 1e-09 is accepted."),
        (residual(below=1e-9), -1.0, "what this check measures came to 1; at most 1e-09 is accepted."),
        (band(0.5, 2.0), 0.5, ""),
        (band(0.5, 2.0), 2.5, "what this check measures came to 2.5; accepted is 0.5 to 2."),
        (band(0.5, 2.0), 2.0004, "what this check measures came to 2.0004; accepted is 0.5 to 2."),
        (
            residual(below=1),
            1 + 1e-11,
            "what this check measures came to 1.00000000001; at most 1 is accepted.",
        ),
        (
            band(0.5, 2.0),
            math.nan,
            "what this check measures came out as nan, which is no number; accepted is 0.5 to 2.",
        ),
        (band(0.5, 2.0), math.inf, "what this check measures lies far outside; accepted is 0.5 to 2."),
        (band(0.5, 1e300), 0.25, "what this check measures came to 0.25; at least 0.5 is accepted."),
        (band(-1e300, 2.0), 2.5, "what this check measures came to 2.5; at most 2 is accepted."),
        (residual(below=0.25), 1e9, "what this check measures lies far outside; at most 0.25 is accepted."),
        (residual(below=0.25), 1.0, "what this check measures came to 1; at most 0.25 is accepted."),
        (residual(below=0.5), 1.0, "1 mistake was counted, none is accepted."),
        (residual(below=0.5), 3.0, "3 mistakes were counted, none is accepted."),
        (residual(below=0.5), 0.75, "what this check measures came to 0.75; at most 0.5 is accepted."),
        (
            residual(below=0.5, says="the largest gap"),
            1.0,
            "the largest gap came to 1; at most 0.5 is accepted.",
        ),
        (residual(below=0.5), number(True), "what is asked does not hold."),
        (band(1, 1), number(False), "what is asked does not hold."),
        (band(1, 1), number(True), ""),
        (accuracy(0.9, 0.99), 0.95, ""),
        (accuracy(0.9, 0.99), 1.0, "1 of the labels are right; accepted is 0.9 to 0.99."),
        (
            chi_square(),
            3e-9,
            "the draws do not follow the probabilities asked for: right ones are so far off about once in 300,000,000 times.",
        ),
        (
            chi_square(),
            1e-30,
            "the draws do not follow the probabilities asked for: right ones hardly ever look like this.",
        ),
        (
            chi_square(),
            0.0,
            "the draws do not follow the probabilities asked for: right ones never look like this.",
        ),
        (chi_square(), 0.3, ""),
    ],
)
def test_a_number_in_its_bound(bound, value, clause):
    assert outside(bound, value) == clause


LABELS = np.array([0, 1, 2, 1, 0])


@pytest.mark.parametrize(
    ("got", "expected", "share"),
    [
        (LABELS, LABELS, 1.0),
        (np.array([0, 1, 2, 2, 2]), LABELS, 0.6),
        (LABELS.astype(float), LABELS, 1.0),
        (["a", "b"], ["a", "c"], 0.5),
        ([1, 0.0], (1, 0), 1.0),
        (["1"], [1], 0.0),
        (np.array([np.nan, 1.0]), np.array([np.nan, 1.0]), 0.5),
    ],
)
def test_accuracy_counts_equal_labels(got, expected, share):
    assert measure(accuracy(0.5), got, expected) == share


@pytest.mark.parametrize(
    ("got", "expected", "clause"),
    [
        (LABELS[:, None], LABELS, "returned labels of shape (5, 1), expected (5,)"),
        (LABELS[:3], LABELS, "returned labels of shape (3,), expected (5,)"),
        (["a"], ["a", "b"], "1 labels came back, 2 are asked for"),
        (None, LABELS, "returned nothing, expected an array of shape (5,)"),
        ([0, 1, 2, 1, 0], LABELS, "returned a list of 5 items, expected an array of shape (5,)"),
        (np.zeros(0), np.zeros(0), "there are no labels"),
        ([], [], "there are no labels"),
    ],
)
def test_labels_of_another_form_are_no_number(got, expected, clause):
    assert measure(accuracy(0.5), got, expected) == clause


@pytest.mark.parametrize(
    ("statistic", "freedom", "tail"),
    [  # tables of the chi-square distribution, and erfc for one degree of freedom
        (3.841458820694124, 1, 0.05),
        (18.307038053275146, 10, 0.05),
        (124.34211340400407, 100, 0.05),
        (2.705543454095404, 1, 0.1),
        (6.634896601021213, 1, 0.01),
        (50.0, 1, math.erfc(5.0)),
        (0.02, 1, math.erfc(0.1)),
        (0.0, 3, 1.0),
        (math.inf, 3, 0.0),
        (2.0, 2, math.exp(-1.0)),
        (40.0, 2, math.exp(-20.0)),
    ],
)
def test_the_tail_of_chi_square(statistic, freedom, tail):
    assert chi_square_tail(statistic, freedom) == pytest.approx(tail, rel=1e-9)


def test_draws_are_told_from_draws_of_another_distribution():
    probabilities = np.array([0.5, 0.3, 0.2, 0.0])
    truth = {"probabilities": probabilities, "draws": 20_000}
    right = [measure(chi_square(), RNG.choice(4, 20_000, p=probabilities), truth) for _ in range(20)]
    assert min(right) > 1e-4
    assert max(right) > 0.3
    assert measure(chi_square(), RNG.choice(4, 20_000, p=[0.47, 0.33, 0.2, 0.0]), truth) < 1e-6
    assert measure(chi_square(), RNG.choice(4, 20_000, p=[0.49, 0.3, 0.2, 0.01]), truth) == 0.0
    assert measure(chi_square(), np.full(20_000, 7), truth) == 0.0
    assert measure(chi_square(), np.full(20_000, 0.5), truth) == 0.0
    assert measure(chi_square(), [0] * 20_000, truth) < 1e-6
    assert measure(chi_square(), np.zeros(3, int), truth) == "returned 3 draws, expected 20000"
    assert measure(chi_square(), "text", truth) == "returned a text, expected 20000 draws"
    assert "truth must return" in measure(chi_square(), np.zeros(3, int), probabilities)


def test_rare_categories_are_counted_together():
    probabilities = np.array([0.998, 0.001, 0.001])
    truth = {"probabilities": probabilities, "draws": 1000}
    got = np.array([0] * 998 + [1, 1])
    assert measure(chi_square(), got, truth) == 1.0


def test_right_draws_are_not_rejected_for_one_that_hardly_ever_occurs():
    probabilities = np.array([0.6, 0.38, 0.01996, 0.00004])
    got = np.repeat([0, 1, 2, 3], [300, 190, 9, 1])
    assert measure(chi_square(), got, {"probabilities": probabilities, "draws": 500}) > 0.5
    too_many = np.repeat([0, 1, 2, 3], [290, 170, 10, 30])
    assert measure(chi_square(), too_many, {"probabilities": probabilities, "draws": 500}) < 1e-6


def test_bounds_are_words_of_the_language():
    files = changed("probes.py", "judge=residual(below=1e-9), times_faster=10", "judge=accuracy(0.9)")
    text = files["probes.py"].replace("residual, travels", "accuracy, chi_square, travels")
    text = text.replace("def judge(inputs, got, expected)", "def truth(inputs)")
    text = text.replace("return abs(got - expected).max()", "return inputs")
    text = text[: text.index("    def baseline")]
    probe = from_files(NAME, {**files, "probes.py": text}).probe("Fast")
    assert probe.bound == Bound(0.9, 1.0, "accuracy")
    assert not probe.has_judge
    drawn = from_files(NAME, {**files, "probes.py": text.replace("accuracy(0.9)", "chi_square(p=1e-4)")})
    assert drawn.probe("Fast").bound == Bound(1e-4, 1.0, "chi_square")
    with pytest.raises(
        ExerciseError, match=r"`Fast`: accuracy measures against `truth\(inputs\)`, without a `judge`"
    ):
        from_files(
            NAME, {**files, "probes.py": text.replace("def truth(inputs):\n        return inputs", "")}
        )
    assert GOOD.probe("Fast").bound.measure == "judge"


def test_a_spoiled_value_has_the_form_of_the_right_one_and_none_of_its_numbers():
    value = {"W": np.arange(6.0).reshape(2, 3), "b": [1.5, np.float32(2)], "n": np.array([1, 2]), "k": "text"}
    ways = dict(spoiled(value))
    huge = ways["only huge numbers"]
    assert huge["W"].shape == (2, 3)
    assert np.isfinite(huge["W"]).all()
    assert huge["W"].sum() == 0
    assert huge["b"][0] == np.finfo(np.float64).max
    assert huge["n"].tolist() == [2**63 - 1, -(2**63 - 1)]
    assert ways["no entries"]["W"].shape == (0, 3)
    assert ways["only zeros"]["b"] == [0.0, 0.0]
    assert all(way["k"] == "text" for way in ways.values())
