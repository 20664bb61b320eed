"""What `logsumexp` and `softmax` are asked: every axis, awkward scores, views, float32."""

import numpy as np

from grader.language import T32, T64, probe


def exact_logsumexp(x, axis):
    """The same in extended precision (18 digits), rounded to the dtype of x at the end."""
    wide = x.astype(np.longdouble)
    top = wide.max(axis=axis)
    rest = np.exp(wide - np.expand_dims(top, axis)).sum(axis=axis)
    return np.asarray(top + np.log(rest), dtype=x.dtype)


def exact_softmax(x, axis):
    """Each share is one over the sum of all ratios to it, in extended precision."""
    wide = np.moveaxis(x.astype(np.longdouble), axis, -1)
    top = wide.max(axis=-1, keepdims=True)
    share = np.exp(wide - top - np.log(np.exp(wide - top).sum(axis=-1, keepdims=True)))
    return np.moveaxis(share, -1, axis).astype(x.dtype)


def awkward(rng):
    """One family of awkward scores per array, each with random numbers in it."""
    base = rng.normal(size=(4, 5))
    far_apart = base.copy()
    far_apart[1] -= 900.0
    impossible = base.copy()
    impossible[0, 1:] = -np.inf
    impossible[2, ::2] = -np.inf
    tied = np.repeat(base[:, :1], 5, axis=1)
    return [
        far_apart,
        base - 900.0,
        base + 5000.0,
        base * 50.0,
        base * 1e-4,
        tied,
        impossible,
        base[:, :1],
        base[:1],
    ]


@probe(task=1, points=1, visible=True, seeds=2, tolerance=T64)
class LogSumExpTwoRows:
    "Two rows of three scores"

    def make(rng):
        return {"x": rng.uniform(-2.0, 2.0, (2, 3)).round(2)}

    def ask(answer, inputs):
        return answer.logsumexp(inputs["x"])

    def truth(inputs):
        return exact_logsumexp(inputs["x"], -1)


@probe(task=1, points=1, visible=True, seeds=2, tolerance=T64)
class LogSumExpAlongColumns:
    "Along the first axis, with scores near 1000"

    def make(rng):
        return {"x": 1000.0 + rng.uniform(-2.0, 2.0, (3, 2)).round(2)}

    def ask(answer, inputs):
        return answer.logsumexp(inputs["x"], axis=0)

    def truth(inputs):
        return exact_logsumexp(inputs["x"], 0)


@probe(task=1, points=1, seeds=3, tolerance=T64)
class LogSumExpEveryAxis:
    "Every axis of a block of scores, counted from both ends, and a square array"

    def make(rng):
        return {
            "block": rng.normal(size=(3, 5, 4)),
            "square": rng.normal(size=(4, 4)),
            "row": rng.normal(size=7),
        }

    def ask(answer, inputs):
        block = [answer.logsumexp(inputs["block"], axis=axis) for axis in range(-3, 3)]
        return [*block, answer.logsumexp(inputs["square"]), answer.logsumexp(inputs["row"])]

    def truth(inputs):
        block = [exact_logsumexp(inputs["block"], axis) for axis in range(-3, 3)]
        return [*block, exact_logsumexp(inputs["square"], -1), exact_logsumexp(inputs["row"], -1)]


@probe(task=1, points=1, seeds=3, tolerance=T64, kind="edge")
class LogSumExpAwkwardRows:
    "Awkward scores: huge, tiny, tied, shifted, far apart, impossible"

    def make(rng):
        return {"families": awkward(rng)}

    def ask(answer, inputs):
        return [answer.logsumexp(x) for x in inputs["families"]]

    def truth(inputs):
        return [exact_logsumexp(x, -1) for x in inputs["families"]]


@probe(task=1, points=1, seeds=2, tolerance=T64, kind="edge")
class LogSumExpViews:
    "Transposed arrays, views with gaps, and views that repeat one row"

    def make(rng):
        return {"big": rng.normal(size=(6, 10)), "row": rng.normal(size=5)}

    def ask(answer, inputs):
        views = [inputs["big"].T, inputs["big"][::2, ::-3], np.broadcast_to(inputs["row"], (4, 5))]
        return [answer.logsumexp(view) for view in views]

    def truth(inputs):
        views = [inputs["big"].T, inputs["big"][::2, ::-3], np.broadcast_to(inputs["row"], (4, 5))]
        return [exact_logsumexp(view, -1) for view in views]


@probe(task=1, points=1, seeds=2, tolerance=T32)
class LogSumExpSinglePrecision:
    "float32 in, float32 out"

    def make(rng):
        return {"x": rng.normal(size=(3, 7)).astype(np.float32)}

    def ask(answer, inputs):
        return answer.logsumexp(inputs["x"])

    def truth(inputs):
        return exact_logsumexp(inputs["x"], -1)


@probe(task=2, points=1, visible=True, seeds=2, tolerance=T64)
class SoftmaxTwoRows:
    "Two rows of three scores"

    def make(rng):
        return {"x": rng.uniform(-2.0, 2.0, (2, 3)).round(2)}

    def ask(answer, inputs):
        return answer.softmax(inputs["x"])

    def truth(inputs):
        return exact_softmax(inputs["x"], -1)


@probe(task=2, points=1, visible=True, seeds=2, tolerance=T64)
class SoftmaxAlongColumns:
    "Along the first axis, with scores near 1000"

    def make(rng):
        return {"x": 1000.0 + rng.uniform(-2.0, 2.0, (3, 2)).round(2)}

    def ask(answer, inputs):
        return answer.softmax(inputs["x"], axis=0)

    def truth(inputs):
        return exact_softmax(inputs["x"], 0)


@probe(task=2, points=1, seeds=3, tolerance=T64)
class SoftmaxEveryAxis:
    "Every axis of a block of scores, counted from both ends, and a square array"

    def make(rng):
        return {
            "block": rng.normal(size=(3, 5, 4)),
            "square": rng.normal(size=(4, 4)),
            "row": rng.normal(size=7),
        }

    def ask(answer, inputs):
        block = [answer.softmax(inputs["block"], axis=axis) for axis in range(-3, 3)]
        return [*block, answer.softmax(inputs["square"]), answer.softmax(inputs["row"])]

    def truth(inputs):
        block = [exact_softmax(inputs["block"], axis) for axis in range(-3, 3)]
        return [*block, exact_softmax(inputs["square"], -1), exact_softmax(inputs["row"], -1)]


@probe(task=2, points=1, seeds=3, tolerance=T64, kind="edge")
class SoftmaxAwkwardRows:
    "Awkward scores: huge, tiny, tied, shifted, far apart, impossible"

    def make(rng):
        return {"families": awkward(rng)}

    def ask(answer, inputs):
        return [answer.softmax(x) for x in inputs["families"]]

    def truth(inputs):
        return [exact_softmax(x, -1) for x in inputs["families"]]


@probe(task=2, points=1, seeds=2, tolerance=T64, kind="edge")
class SoftmaxViews:
    "Transposed arrays, views with gaps, and views that repeat one row"

    def make(rng):
        return {"big": rng.normal(size=(6, 10)), "row": rng.normal(size=5)}

    def ask(answer, inputs):
        views = [inputs["big"].T, inputs["big"][::2, ::-3], np.broadcast_to(inputs["row"], (4, 5))]
        return [answer.softmax(view) for view in views]

    def truth(inputs):
        views = [inputs["big"].T, inputs["big"][::2, ::-3], np.broadcast_to(inputs["row"], (4, 5))]
        return [exact_softmax(view, -1) for view in views]


@probe(task=2, points=1, seeds=2, tolerance=T32)
class SoftmaxSinglePrecision:
    "float32 in, float32 out"

    def make(rng):
        return {"x": rng.normal(size=(3, 7)).astype(np.float32)}

    def ask(answer, inputs):
        return answer.softmax(inputs["x"])

    def truth(inputs):
        return exact_softmax(inputs["x"], -1)
