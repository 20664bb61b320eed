"""What the three functions are asked."""

import numpy as np
from probing import attempt

from grader.language import T64, probe, residual


@probe(task=1, visible=True, seeds=2, tolerance=T64)
class ScaleThree:
    "Three numbers"

    def make(rng):
        return {"x": rng.normal(size=3).round(2), "factor": 2.0}

    def ask(answer, inputs):
        return answer.scale(inputs["x"], inputs["factor"])


@probe(task=1, points=2, seeds=3, tolerance=T64)
class ScaleMatrix:
    "A matrix"

    def make(rng):
        return {"x": rng.normal(size=(2, 3)), "factor": float(rng.normal())}

    def ask(answer, inputs):
        return answer.scale(inputs["x"], inputs["factor"])


@probe(task=1, veto=True, seeds=1)
class ScaleRefusesText:
    "Refuses a text"

    def make(rng):
        return {"x": "abc"}

    def ask(answer, inputs):
        return attempt(answer.scale, inputs["x"], 1.5)


@probe(task=2, visible=True, seeds=2, tolerance=T64)
class CentreSmall:
    "Two columns"

    def make(rng):
        return {"x": rng.normal(size=(3, 2)).round(1)}

    def ask(answer, inputs):
        return answer.centre(inputs["x"])


@probe(task=2, points=3, seeds=3, tolerance=T64, kind="edge")
class CentreLarge:
    "More columns, far from zero"

    def make(rng):
        return {"x": rng.normal(size=(7, 5)) + 100.0}

    def ask(answer, inputs):
        return answer.centre(inputs["x"])


@probe(task=3, visible=True, seeds=1, judge=residual(below=1e-9))
class SolveSquare:
    "Two equations, two unknowns"

    def make(rng):
        a = rng.normal(size=(2, 2))
        return {"a": a, "b": a @ rng.normal(size=2)}

    def ask(answer, inputs):
        return answer.solve(inputs["a"], inputs["b"])

    def judge(inputs, got):
        return np.abs(inputs["a"] @ np.asarray(got) - inputs["b"]).max()


@probe(task=3, points=4, seeds=2, judge=residual(below=1e-9))
class SolveWide:
    "More unknowns than equations"

    def make(rng):
        a = rng.normal(size=(2, 4))
        return {"a": a, "b": a @ rng.normal(size=4), "_secret": rng.normal(size=4)}

    def ask(answer, inputs):
        return answer.solve(inputs["a"], inputs["b"])

    def judge(inputs, got):
        assert inputs["_secret"].shape == (4,)
        return np.abs(inputs["a"] @ np.asarray(got) - inputs["b"]).max()
