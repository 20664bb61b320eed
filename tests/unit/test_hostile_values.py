"""Any value that a box can send goes all the way to a verdict's JSON: bounded, and never a fault of ours."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.grading.expected import Case
from grader.grading.outcome import Asked, Call, decide, read, result
from grader.language import EXACT, T32, T64, accuracy, chi_square, residual
from grader.sandbox.cells import CellEnd, CellRun, RawError, RawValue
from grader.values.compare import compare
from grader.values.weighing import Scales
from grader.verdict import Failing, ProbeWord, to_json
from sandbox_images.inside import wire
from tests.unit.test_exercise import GOOD
from tests.unit.test_wire import values

# As exponents, because not even a failing test could write the numbers.
large = st.sampled_from([63, 64, 400, 1329, 30_000]).flatmap(
    lambda bits: st.booleans().map(lambda minus: -(1 << bits) - 1 if minus else 1 << bits)
)
odd_floats = st.sampled_from([float("nan"), float("inf"), -float("inf"), -0.0, 1.7e308, 5e-324])
anything = st.one_of(
    values,
    large,
    odd_floats,
    st.lists(st.one_of(large, odd_floats), max_size=12),
    st.dictionaries(large, values, max_size=3),
    st.frozensets(large, max_size=3),
    st.tuples(values, large).map(list),
    st.sampled_from(
        [np.zeros((0, 3)), np.zeros((3, 0, 2), "i1"), np.float16("nan"), wire.Bf16(np.zeros(3, "<u2"))]
    ),
)
texts = st.text(max_size=30)
errors = st.one_of(
    st.none(), st.builds(RawError, texts, texts, st.one_of(st.none(), st.integers(1, 9)), texts, texts)
)
BASE = GOOD.probe("Slope")
PROBES = [
    dataclasses.replace(
        BASE, bound=bound, parts=parts, visible=visible, tolerance=tolerance, kind=Failing.VALUE
    )
    for visible in (True, False)
    for bound, parts, tolerance in (
        (None, ("make", "ask"), T64),
        (None, ("make", "ask"), EXACT),
        (None, ("make", "ask"), T32),
        (accuracy(0.8), ("make", "ask", "truth"), T64),
        (chi_square(), ("make", "ask", "truth"), T64),
        (residual(below=1.0), ("make", "ask", "judge"), T64),
    )
]


def whole(probe, got: bytes, changed: bytes, expected: object, error) -> Asked:
    """What becomes of one answer, down to the JSON that is kept and shown."""
    raw = RawValue(0, got, changed, error, 0.0)
    run = CellRun(
        ok=True,
        stdout="",
        error=None,
        values=(raw,),
        displays=(),
        started=0.0,
        seconds=0.0,
        charged=0.0,
        end=CellEnd.FINISHED,
    )
    asked = Asked(probe, [Call("1", Case(wire.encode({"x": 1.0}), wire.encode(expected)))])
    read(run, asked.calls)
    scales = Scales()
    decide(asked, lambda _, calls: ["the result could not be judged."] * len(calls), scales)
    told = result(asked, GOOD, scales, twin=asked if not probe.visible else None)
    text = json.dumps(to_json(told), allow_nan=False)
    assert len(text) < 500_000
    assert len(told.message) < 5_000
    return asked


@settings(max_examples=600, deadline=None, suppress_health_check=list(HealthCheck))
@given(anything, anything, st.sampled_from(PROBES), st.dictionaries(texts, values, max_size=3), errors)
def test_any_value_against_any_other_ends_in_a_verdict(got, expected, probe, changed, error):
    if probe.bound is not None and probe.bound.measure == "chi_square":
        expected = {"probabilities": np.array([0.25, 0.75]), "draws": 3}
    asked = whole(probe, wire.encode(got), wire.encode(changed), expected, error)
    if asked.passed and probe.bound is None:
        assert error is None
        # Equal bytes are one answer, whatever is in them (an expected value is always plain data).
        same = wire.encode(got) == wire.encode(expected)
        assert same or compare(wire.decode(wire.encode(got)), expected, probe.tolerance) == ()


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=60), st.binary(max_size=60), st.sampled_from(PROBES))
def test_any_bytes_in_the_place_of_a_value_end_in_a_verdict(got, changed, probe):
    asked = whole(probe, got, changed, 1.0, None)
    assert asked.word is ProbeWord.MALFORMED
    asked = whole(probe, b"ZG1" + got, b"ZG1" + changed, "no such text", None)
    assert not asked.passed


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: f"{probe.visible}-{probe.bound}"[:30])
@pytest.mark.parametrize(
    "value",
    [
        {f"{n:0200}": [{"a": np.zeros((64, 64))}] * 2 for n in range(30)},
        [[[["x" * 2000] * 20] * 20] * 2],
        ["\u202e\0\x1b[31m" * 500] * 300,
        {(n, "k" * 300): None for n in range(4_000)},
        [wire.Raised(("E" * 200,) * 16, "m" * 2000)] * 100,
        frozenset(f"{n:0100}" for n in range(15_000)),
        [1e300] * 90_000,
    ],
    ids=["dict", "texts", "controls", "keys", "raised", "set", "floats"],
)
def test_a_large_value_makes_a_small_verdict(probe, value):
    expected = [0.0] * 90_000 if isinstance(value, list) and value[0] == 1e300 else np.ones(3)
    if probe.bound is not None and probe.bound.measure == "chi_square":
        expected = {"probabilities": np.array([0.25, 0.75]), "draws": 3}
    blob = wire.encode(value)
    assert len(blob) > 50_000
    assert not whole(probe, blob, blob, expected, None).passed
