"""A gradient is proven by differences of its value and by a truth that is worked out another way."""

from __future__ import annotations

import copy
import types

import numpy as np
import pytest

from grader.exercise.folder import from_files
from grader.proving.proofs import agrees, finite_difference_source, proofs
from tests.unit.test_exercise import GOOD, NAME

PROBES = """
import numpy as np
from grader.language import probe

@probe(task=1, visible=True)
class Visible:
    def make(rng): return {"x": 1.0}
    def ask(answer, inputs): return answer.double(inputs["x"])

@probe(task=1)
class Hidden:
    def make(rng): return {"x": 1.0}
    def ask(answer, inputs): return answer.double(inputs["x"])

@probe(task=2, kind="gradient", wrt=("x", "params"))
class Slopes:
    def make(rng):
        return {
            "x": rng.standard_normal((2, 3)),
            "params": {"W": rng.standard_normal((3, 4)), "b": [rng.standard_normal(4), 0.5]},
            "dout": rng.standard_normal((2, 4)),
            "name": "text",
        }
    def ask(answer, inputs): return answer.bwd(inputs["dout"], inputs["x"], inputs["params"])
    def value(answer, inputs):
        p = inputs["params"]
        inputs["x"] = inputs["x"] * 1.0
        return (answer.fwd(inputs["x"], p) * inputs["dout"]).sum()
    def truth(inputs): return closed_form(inputs, "a")

@probe(task=2, kind="gradient")
class SameTruth:
    def make(rng): return {}
    def ask(answer, inputs): return answer.bwd(1, 2, 3)
    def truth(inputs): return closed_form(inputs, "b")

@probe(task=2)
class ValuesToo:
    def make(rng): return {}
    def ask(answer, inputs): return answer.bwd(1, 2, 3)
    def truth(inputs): return autograd(inputs)

@probe(task=2)
class Another:
    def make(rng): return {}
    def ask(answer, inputs): return answer.something_else(1)
    def truth(inputs): return another_way(inputs)

def closed_form(inputs, which): return 0
def autograd(inputs): return 0
def another_way(inputs): return 0
"""

EXERCISE = from_files(NAME, {**GOOD.files, "probes.py": PROBES})
SLOPES = EXERCISE.probe("Slopes")


def fwd(x, p):
    return np.tanh(x @ p["W"] + p["b"][0]) * p["b"][1]


def bwd(dout, x, p):
    t = np.tanh(x @ p["W"] + p["b"][0])
    dz = dout * p["b"][1] * (1 - t**2)
    return dz @ p["W"].T, {"W": x.T @ dz, "b": [dz.sum(axis=0), float((dout * t).sum())]}


ANSWER = types.SimpleNamespace(fwd=fwd, bwd=bwd)


def run():
    scope: dict = {}
    exec(compile(finite_difference_source(SLOPES), "probes.py", "exec"), scope)  # noqa: S102  our own example
    inputs = scope["make"](np.random.default_rng(3))
    before = copy.deepcopy(inputs)
    numeric = scope["ask"](ANSWER, inputs)
    np.testing.assert_equal(inputs, before)
    return inputs, numeric


INPUTS, NUMERIC = run()
RIGHT = bwd(INPUTS["dout"], INPUTS["x"], INPUTS["params"])


def test_a_right_gradient_agrees_with_the_differences_of_its_value():
    assert [type(part) for part in NUMERIC] == [np.ndarray, dict]
    assert agrees(RIGHT, NUMERIC, SLOPES.wrt) == ""
    assert agrees(list(RIGHT), NUMERIC, SLOPES.wrt) == ""
    assert agrees({"dx": RIGHT[0], "dparams": RIGHT[1]}, NUMERIC, SLOPES.wrt) == ""


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda dx, dp: (dx * (1 + 2e-5), dp), "the gradient of `x` is"),
        (lambda dx, dp: (-dx, dp), "(relative error 2.0e+00)"),
        (lambda dx, dp: (dx, dp | {"W": dp["W"] / 2}), "the gradient of `params`['W'] is"),
        (
            lambda dx, dp: (dx, dp | {"b": [dp["b"][0], dp["b"][1] + 1e-4]}),
            "the gradient of `params`['b'][1] is",
        ),
        (lambda dx, dp: (dx, dp | {"b": [dp["b"][0]]}), "the gradient of `params`['b'] must be a list of 2"),
        (
            lambda dx, dp: (dx, {"W": dp["W"]}),
            "the gradient of `params` must be a dict with the keys 'W', 'b'",
        ),
        (lambda dx, dp: (dx.T, dp), "the gradient of `x` has the shape (3, 2), its input (2, 3)"),
        (lambda dx, dp: (dx + np.nan, dp), "are not finite"),
        (lambda dx, dp: (dx > 0, dp), "has the dtype bool"),
        (lambda dx, dp: (None, dp), "the gradient of `x` is not an array"),
        (lambda dx, dp: dx, "ask must return 2 gradients, those for x, params, in that order"),
        (lambda dx, dp: (dx, dp, dx), "ask must return 2 gradients"),
        (lambda dx, dp: {"x": dx, "y": dp}, "ask must return 2 gradients"),
    ],
)
def test_a_wrong_gradient_is_told_with_its_place(wrong, sentence):
    assert sentence in agrees(wrong(*RIGHT), NUMERIC, SLOPES.wrt)


def test_one_gradient_may_come_alone():
    one = np.array([1.0, 2.0])
    assert (
        agrees(one, [one], ("x",)) == agrees([one], [one], ("x",)) == agrees({"dx": one}, [one], ("x",)) == ""
    )
    assert agrees(2.0, [2.0], ("x",)) == ""
    assert agrees({"W": one}, [{"W": one}], ("params",)) == ""
    assert agrees(one, None, ("x",)) == "finite differences gave no result"
    assert "holds no floating-point numbers" in agrees(one, [None], ("x",))
    assert agrees(np.zeros(3), [np.full(3, 1e-10)], ("x",)) == ""
    assert agrees(np.zeros((0, 2)), [np.zeros((0, 2))], ("x",)) == ""


def test_the_proofs_of_a_task():
    (found,) = proofs(EXERCISE)
    assert found.task == 2
    assert [probe.name for probe in found.finite] == ["Slopes"]
    assert [probe.name for probe in found.truths] == ["Slopes", "ValuesToo"]
    assert found.count == 3
    (simple,) = proofs(GOOD)
    assert (simple.task, simple.count) == (2, 2)
