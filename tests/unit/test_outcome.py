"""A bound without a judge is measured outside, on the parsed value and the truth alone."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from grader.expected import Case
from grader.language import accuracy, chi_square
from grader.outcome import Asked, Call, decide, sentence
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
    one = Asked(probe, [Call(seed=1, case=case, got=got, blob=b"x", value=True)])

    def nobody(*_):
        raise AssertionError("there is no author's judge to ask")

    decide(one, nobody)
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
