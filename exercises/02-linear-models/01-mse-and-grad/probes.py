"""What `mse` is asked: columns of all lengths, the slope against two proofs, and shapes that do not match."""

import numpy as np

from grader.language import T32, T64, Tolerance, calls, probe, travels


def exact(pred, y):
    """Loss and slope in extended precision, number by number."""
    gaps = [np.longdouble(p) - np.longdouble(t) for p, t in zip(pred.ravel(), y.ravel())]
    n = len(gaps)
    slopes = np.array([2 * gap / n for gap in gaps]).reshape(pred.shape)
    return [float(sum(gap * gap for gap in gaps) / n), slopes.astype(pred.dtype)]


@travels
def viewed(pred, y):
    return (pred[:, ::2].T, y[:, ::-2].T) if pred.shape == (1, 10) else (pred, y)


def columns(rng, n):
    return {"pred": rng.normal(size=(n, 1)), "y": rng.normal(size=(n, 1))}


@calls({1: "mse"}, truth=exact, visible=True, seeds=2)
def SmallColumn(rng):
    "Three predictions and three answers"
    return {"pred": rng.uniform(-3, 3, (3, 1)).round(2), "y": rng.uniform(-3, 3, (3, 1)).round(2)}


@calls({1: "mse"}, truth=exact)
def ManyLengths(rng):
    "Columns of 1, 2, 7 and 50 predictions"
    return [columns(rng, n) for n in (1, 2, 7, 50)]


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


@calls({1: "mse"}, truth=exact, through=viewed, seeds=2, kind="edge")
def AwkwardColumns(rng):
    "Large and small numbers, far offsets, and views with gaps"
    pred, y = rng.normal(size=(6, 1)), rng.normal(size=(6, 1))
    wide = rng.normal(size=(2, 10))
    scaled = [(pred * scale, y * scale) for scale in (1e4, 1e12, 1e-3)] + [(pred + 100.0, y - 100.0)]
    return [{"pred": p, "y": t} for p, t in [*scaled, (wide[:1], wide[1:])]]


@calls({1: "mse"}, truth=exact, seeds=2, tolerance=Tolerance(1e-9, 1e-40), kind="edge")
def TinyErrors(rng):
    "Errors of ten-millionths and far less: their squares are numbers all the same"
    tiny = [{name: c * scale for name, c in columns(rng, 6).items()} for scale in (1e-7, 1e-12)]
    near = columns(rng, 6)  # answers near 1, and predictions that miss them by ten-millionths
    return [*tiny, {"pred": near["y"] + 1e-7 * near["pred"], "y": near["y"]}]


@calls({1: "mse"}, truth=exact, seeds=2, tolerance=T32)
def SinglePrecision(rng):
    "float32 in, float32 out"
    return {name: value.astype(np.float32) for name, value in columns(rng, 9).items()}


@calls({2: "mse"}, attempt=True, visible=True, seeds=1)
def ColumnAndList(rng):
    "A column against a list, and against a column"
    c = columns(rng, 4)
    return [c | {"y": c["y"][:, 0]}, c]


@calls({2: "mse"}, attempt=True, points=2)
def ManyPairsOfShapes(rng):
    "Pairs of shapes that match and pairs that do not"
    n = int(rng.integers(3, 7))
    shapes = [((n, 1), (n,)), ((n,), (n, 1)), ((n, 1), (1, 1)), ((n, 1), (1, n)), ((n, 1), (n + 1, 1))]
    shapes += [((n, 1), (n, 1)), ((n, 1), (n, n)), ((1, 1), (1,)), ((n + 2, 1), (n + 2, 1))]
    return [{"pred": rng.normal(size=a), "y": rng.normal(size=b)} for a, b in shapes]
