"""What is asked about doubling."""

# ruff: noqa: N805
from __future__ import annotations

import math
from collections import OrderedDict as Ordered

import numpy as np
import sklearn
from probing import attempt

from grader.language import EXACT, Tolerance, probe, residual, travels
from grader.language import T32 as HALF

SHAPE = (3, 4)
TEXT = """a text
of two lines"""
MADE = tuple(range(3))


def secret(rng):
    """Only the author's box runs this."""
    return rng.standard_normal(SHAPE) + sklearn.secret


@travels
def twice(f, x):
    "asks twice"
    # a comment that names the mutant squares
    return [once(f, x), once(f, x)]


@travels
def once(f, x):
    return attempt(f, np.asarray(x))


@probe(task=1, visible=True)
class SmallNumbers:
    "Two small numbers"

    def make(rng):
        return {"x": [1.0, 2.0]}

    def ask(answer, inputs):
        return answer.double(inputs["x"])


# A hidden probe with everything.
@probe(
    task=1,
    points=2,
    seeds=8,
    tolerance=Tolerance(1e-3, atol=0.0),
    kind="edge",
    dtype="any",
    seconds=2.5,
    memory_mb=64,
    pure=False,
)
class ManyNumbers:
    def make(rng):
        return {"x": secret(rng), "_label": TEXT}

    def ask(answer, inputs):
        "never travels"
        assert math.pi > 3  # neither does this comment
        return twice(answer.double, inputs["x"]), SHAPE, answer.double.__name__

    def truth(inputs):
        return [2 * inputs["x"]] * 2, MADE


@probe(task=1, veto=True, tolerance=EXACT)
class IsANumber:
    def make(rng):
        return {}

    def ask(answer, inputs):
        return isinstance(answer.double(1), Ordered)


@probe(task=2, kind="gradient", wrt=("x",), tolerance=HALF)
class Slope:
    def make(rng):
        return {"x": rng.standard_normal(3), "dout": rng.standard_normal(3)}

    def ask(answer, inputs):
        return answer.double_bwd(inputs["dout"])

    def value(answer, inputs):
        return float((answer.double(inputs["x"]) * inputs["dout"]).sum())

    def truth(inputs):
        return 2 * inputs["dout"]


@probe(task=2, judge=residual(below=1e-9), times_faster=10)
class Fast:
    def make(rng):
        return {"x": secret(rng)}

    def ask(answer, inputs):
        return answer.double_bwd(inputs["x"])

    def judge(inputs, got, expected):
        return abs(got - expected).max()

    def baseline(inputs):
        return [2 * x for x in inputs["x"]]
