"""One visible and one hidden probe."""

from grader.language import T64, probe


@probe(task=1, visible=True, seeds=2, tolerance=T64)
class Shown:
    "Three numbers"

    def make(rng):
        return {"x": rng.normal(size=3)}

    def ask(answer, inputs):
        return answer.double(inputs["x"])


@probe(task=1, points=4, seeds=3, tolerance=T64)
class Hidden:
    "A matrix"

    def make(rng):
        return {"x": rng.normal(size=(2, 3)) + 100.0}

    def ask(answer, inputs):
        return answer.double(inputs["x"])
