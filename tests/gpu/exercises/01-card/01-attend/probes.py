"""Attention on float64, asked where the learner's code puts it."""

import numpy as np

from grader.language import T64, probe


@probe(task=1, visible=True, seeds=2, tolerance=T64)
class Few:
    "Three questions, four answers"

    def make(rng):
        return {"q": rng.normal(size=(3, 2)), "k": rng.normal(size=(4, 2)), "v": rng.normal(size=(4, 2))}

    def ask(answer, inputs):
        return answer.attend(inputs["q"], inputs["k"], inputs["v"])


@probe(task=1, points=2, seeds=3, tolerance=T64)
class Many:
    "Many of them"

    def make(rng):
        return {
            "q": rng.normal(size=(64, 32)),
            "k": rng.normal(size=(128, 32)),
            "v": rng.normal(size=(128, 32)),
        }

    def ask(answer, inputs):
        return answer.attend(inputs["q"], inputs["k"], inputs["v"])
