"""What `logsumexp` and `softmax` are asked: every axis, awkward scores, views, float32."""

import numpy as np

from grader.language import EXACT as EQUAL
from grader.language import T32, calls, probe, travels

BOTH = {1: "logsumexp", 2: "softmax"}


def exact_logsumexp(x, axis=-1):
    """The same in extended precision (18 digits), rounded to the dtype of x at the end."""
    wide = x.astype(np.longdouble)
    top = wide.max(axis=axis)
    rest = np.exp(wide - np.expand_dims(top, axis)).sum(axis=axis)
    return np.asarray(top + np.log(rest), dtype=x.dtype)


def exact_softmax(x, axis=-1):
    """Each share is one over the sum of all ratios to it, in extended precision."""
    wide = np.moveaxis(x.astype(np.longdouble), axis, -1)
    top = wide.max(axis=-1, keepdims=True)
    share = np.exp(wide - top - np.log(np.exp(wide - top).sum(axis=-1, keepdims=True)))
    return np.moveaxis(share, -1, axis).astype(x.dtype)


EXACT = {1: exact_logsumexp, 2: exact_softmax}


@travels
def viewed(name, x):
    views = {"turned": lambda x: x.T, "gaps": lambda x: x[::2, ::-3]}
    return (views[name](x) if name in views else np.broadcast_to(x, (4, 5)),)


@calls(BOTH, truth=EXACT, visible=True, seeds=2)
def TwoRows(rng):
    "Two rows of three scores"
    return {"x": rng.uniform(-2.0, 2.0, (2, 3)).round(2)}


@calls(BOTH, truth=EXACT, visible=True, seeds=2)
def AlongColumns(rng):
    "Along the first axis, with scores near 1000"
    return {"x": 1000.0 + rng.uniform(-2.0, 2.0, (3, 2)).round(2), "axis": 0}


@calls(BOTH, truth=EXACT)
def EveryAxis(rng):
    "Every axis of a block of scores, counted from both ends, and a square array"
    block, square, row = (rng.normal(size=size) for size in ((3, 5, 4), (4, 4), 7))
    return [{"x": block, "axis": axis} for axis in range(-3, 3)] + [{"x": square}, {"x": row}]


@calls(BOTH, truth=EXACT, kind="edge")
def AwkwardRows(rng):
    "Awkward scores: huge, tiny, tied, shifted, far apart in a row or between rows, impossible"
    base = rng.normal(size=(4, 5))
    far_apart = base.copy()
    far_apart[1] -= 900.0
    impossible = base.copy()
    impossible[0, 1:] = -np.inf
    impossible[2, ::2] = -np.inf
    tied = np.repeat(base[:, :1], 5, axis=1)
    both = base + np.where(rng.permuted(np.tile(np.arange(5) < 2, (4, 1)), axis=1), 1000.0, -900.0)
    alone = np.where(np.arange(5) == rng.integers(0, 5, (4, 1)), base - 1e12, -np.inf)
    # Beside a score of 0 nothing else counts: the log-sum-exp is 0 there, up to rounding.
    sure = np.where(np.arange(5) == rng.integers(0, 5, (4, 1)), 0.0, base - 45.0)
    deep = [impossible - 3000.0, alone, np.where(np.isinf(alone), alone, -1e300), sure]
    small = [*deep, both, both * 3.0, base * 50.0, base * 1e-4, tied, impossible, base[:, :1], base[:1]]
    return [{"x": x} for x in [far_apart, base - 900.0, base + 5000.0, *small]]


@calls(BOTH, truth=EXACT, through=viewed, seeds=2, kind="edge")
def Views(rng):
    "Transposed arrays, views with gaps, and views that repeat one row"
    big, row = rng.normal(size=(6, 10)), rng.normal(size=5)
    return [{"view": "turned", "x": big}, {"view": "gaps", "x": big}, {"view": "row", "x": row}]


@calls(BOTH, truth=EXACT, seeds=2, tolerance=T32)
def SinglePrecision(rng):
    "float32 in, float32 out"
    return {"x": rng.normal(size=(3, 7)).astype(np.float32)}


@calls(BOTH, truth=EXACT, seeds=2, tolerance=T32, kind="edge")
def AwkwardSinglePrecision(rng):
    "float32 scores whose exponentials do not fit into float32"
    base = rng.normal(size=(3, 4))
    apart = base + np.where(rng.permuted(np.tile(np.arange(4) < 2, (3, 1)), axis=1), 120.0, -300.0)
    tables = [base + 100.0, base - 120.0, base + 600.0, base - 650.0, apart]
    return [{"x": table.astype(np.float32)} for table in tables]


@probe(task=2, points=1, seeds=2, tolerance=EQUAL, kind="edge", veto=True)
class ImpossibleIsZero:
    "Impossible scores get 0 and not a tiny share, in float64 and in float32"

    def make(rng):
        x = rng.normal(size=(3, 6))
        x[rng.permuted(np.tile(np.arange(6) < 3, (3, 1)), axis=1)] = -np.inf
        return {"x": x}

    def ask(answer, inputs):
        impossible = np.isinf(inputs["x"])
        return [answer.softmax(inputs["x"].astype(dtype))[impossible] for dtype in (np.float64, np.float32)]

    def truth(inputs):
        return [np.zeros(9), np.zeros(9, dtype=np.float32)]
