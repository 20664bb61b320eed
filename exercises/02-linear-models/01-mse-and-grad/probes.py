"""What `mse` is asked: columns of all lengths, the slope against two proofs, and shapes that do not match."""

import numpy as np
from probing import attempt

from grader.language import T32, T64, probe


def exact(pred, y):
    """Loss and slope in extended precision, number by number."""
    gaps = [np.longdouble(p) - np.longdouble(t) for p, t in zip(pred.ravel(), y.ravel())]
    n = len(gaps)
    slopes = np.array([2 * gap / n for gap in gaps]).reshape(pred.shape)
    return [float(sum(gap * gap for gap in gaps) / n), slopes.astype(pred.dtype)]


def columns(rng, n):
    return {"pred": rng.normal(size=(n, 1)), "y": rng.normal(size=(n, 1))}


@probe(task=1, points=1, visible=True, seeds=2, tolerance=T64)
class SmallColumn:
    "Three predictions and three answers"

    def make(rng):
        return {"pred": rng.uniform(-3, 3, (3, 1)).round(2), "y": rng.uniform(-3, 3, (3, 1)).round(2)}

    def ask(answer, inputs):
        return answer.mse(inputs["pred"], inputs["y"])

    def truth(inputs):
        return exact(inputs["pred"], inputs["y"])


@probe(task=1, points=1, seeds=3, tolerance=T64)
class ManyLengths:
    "Columns of 1, 2, 7 and 50 predictions"

    def make(rng):
        return {"cases": [columns(rng, n) for n in (1, 2, 7, 50)]}

    def ask(answer, inputs):
        return [answer.mse(c["pred"], c["y"]) for c in inputs["cases"]]

    def truth(inputs):
        return [exact(c["pred"], c["y"]) for c in inputs["cases"]]


@probe(task=1, points=2, seeds=3, tolerance=T64, kind="gradient", wrt=("pred",))
class Slope:
    "The slope for every prediction"

    def make(rng):
        return columns(rng, 7)

    def ask(answer, inputs):
        return answer.mse(inputs["pred"], inputs["y"])[1]

    def value(answer, inputs):
        return answer.mse(inputs["pred"], inputs["y"])[0]

    def truth(inputs):
        return exact(inputs["pred"], inputs["y"])[1]


@probe(task=1, points=1, seeds=2, tolerance=T64, kind="edge")
class AwkwardColumns:
    "Large and small numbers, far offsets, and views with gaps"

    def make(rng):
        pred, y = rng.normal(size=(6, 1)), rng.normal(size=(6, 1))
        scaled = [[pred * 1e4, y * 1e4], [pred * 1e-3, y * 1e-3], [pred + 100.0, y - 100.0]]
        return {"scaled": scaled, "wide": rng.normal(size=(2, 10))}

    def ask(answer, inputs):
        wide = inputs["wide"]
        views = [[wide[:1, ::2].T, wide[1:, ::-2].T]]
        return [answer.mse(pred, y) for pred, y in [*inputs["scaled"], *views]]

    def truth(inputs):
        wide = inputs["wide"]
        views = [[wide[:1, ::2].T, wide[1:, ::-2].T]]
        return [exact(pred, y) for pred, y in [*inputs["scaled"], *views]]


@probe(task=1, points=1, seeds=2, tolerance=T32)
class SinglePrecision:
    "float32 in, float32 out"

    def make(rng):
        return {name: value.astype(np.float32) for name, value in columns(rng, 9).items()}

    def ask(answer, inputs):
        return answer.mse(inputs["pred"], inputs["y"])

    def truth(inputs):
        return exact(inputs["pred"], inputs["y"])


@probe(task=2, points=1, visible=True, seeds=1, tolerance=T64)
class ColumnAndList:
    "A column against a list, and against a column"

    def make(rng):
        return columns(rng, 4)

    def ask(answer, inputs):
        pred, y = inputs["pred"], inputs["y"]
        return [attempt(answer.mse, pred, y[:, 0]), attempt(answer.mse, pred, y)]


@probe(task=2, points=2, seeds=3, tolerance=T64)
class ManyPairsOfShapes:
    "Pairs of shapes that match and pairs that do not"

    def make(rng):
        n = int(rng.integers(3, 7))
        shapes = [((n, 1), (n,)), ((n,), (n, 1)), ((n, 1), (1, 1)), ((n, 1), (1, n)), ((n, 1), (n + 1, 1))]
        shapes += [((n, 1), (n, 1)), ((n, 1), (n, n)), ((1, 1), (1,)), ((n + 2, 1), (n + 2, 1))]
        return {"pairs": [[rng.normal(size=a), rng.normal(size=b)] for a, b in shapes]}

    def ask(answer, inputs):
        return [attempt(answer.mse, pred, y) for pred, y in inputs["pairs"]]
