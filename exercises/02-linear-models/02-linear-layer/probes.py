"""What the linear layer is asked: many sizes, all three gradients, two layers at once, views, float32."""

import numpy as np

from grader.language import T32, T64, probe

SIZES = ((3, 5, 4), (1, 4, 3), (6, 1, 2), (5, 3, 1), (4, 4, 4), (1, 1, 1))


def layer(rng, n, d, m):
    """A batch, weights, non-zero biases and a gradient from above."""
    return {
        "x": rng.normal(size=(n, d)),
        "W": rng.normal(size=(d, m)) * 0.5,
        "b": rng.normal(size=m),
        "dout": rng.normal(size=(n, m)),
    }


def exact_forward(c):
    wide = c["x"].astype(np.longdouble)[:, :, None] * c["W"].astype(np.longdouble)
    return (wide.sum(axis=1) + c["b"]).astype(c["x"].dtype)


def exact_gradients(c):
    """The three sums of the task, in extended precision and without a matrix product."""
    x, W, dout = (c[name].astype(np.longdouble) for name in ("x", "W", "dout"))
    dx = (dout[:, None, :] * W[None, :, :]).sum(axis=2)
    dW = (x[:, :, None] * dout[:, None, :]).sum(axis=0)
    db = dout.sum(axis=0)
    return [gradient.astype(c["x"].dtype) for gradient in (dx, dW, db)]


@probe(task=1, points=1, visible=True, seeds=2, tolerance=T64)
class SmallForward:
    "Two examples of three numbers, through two units"

    def make(rng):
        return {name: value.round(1) for name, value in layer(rng, 2, 3, 2).items()}

    def ask(answer, inputs):
        return answer.linear_fwd(inputs["x"], inputs["W"], inputs["b"])[0]

    def truth(inputs):
        return exact_forward(inputs)


@probe(task=1, points=1, seeds=3, tolerance=T64)
class ForwardManySizes:
    "Forward with many sizes, a batch of one among them"

    def make(rng):
        return {"cases": [layer(rng, *size) for size in SIZES]}

    def ask(answer, inputs):
        return [answer.linear_fwd(c["x"], c["W"], c["b"])[0] for c in inputs["cases"]]

    def truth(inputs):
        return [exact_forward(c) for c in inputs["cases"]]


@probe(task=1, points=1, seeds=2, tolerance=T32)
class ForwardSinglePrecision:
    "Forward: float32 in, float32 out"

    def make(rng):
        return {name: value.astype(np.float32) for name, value in layer(rng, 3, 6, 4).items()}

    def ask(answer, inputs):
        return answer.linear_fwd(inputs["x"], inputs["W"], inputs["b"])[0]

    def truth(inputs):
        return exact_forward(inputs)


@probe(task=1, points=1, seeds=2, tolerance=T64, kind="edge")
class ForwardViews:
    "Forward: transposed arrays and views with gaps"

    def make(rng):
        return {"x": rng.normal(size=(5, 3)), "W": rng.normal(size=(10, 8)), "b": rng.normal(size=8)}

    def ask(answer, inputs):
        return answer.linear_fwd(inputs["x"].T, inputs["W"][::2, ::-2], inputs["b"][::2])[0]

    def truth(inputs):
        return exact_forward({"x": inputs["x"].T, "W": inputs["W"][::2, ::-2], "b": inputs["b"][::2]})


@probe(task=2, points=1, visible=True, seeds=2, tolerance=T64, kind="gradient", wrt=("x", "W", "b"))
class SmallBackward:
    "The three gradients for two examples, three inputs and two units"

    def make(rng):
        return {name: value.round(1) for name, value in layer(rng, 2, 3, 2).items()}

    def ask(answer, inputs):
        out, cache = answer.linear_fwd(inputs["x"], inputs["W"], inputs["b"])
        return answer.linear_bwd(inputs["dout"], cache)

    def value(answer, inputs):
        out, cache = answer.linear_fwd(inputs["x"], inputs["W"], inputs["b"])
        return float((out * inputs["dout"]).sum())

    def truth(inputs):
        return exact_gradients(inputs)


@probe(task=2, points=2, seeds=3, tolerance=T64, kind="gradient", wrt=("x", "W", "b"))
class Gradients:
    "The three gradients for four examples, five inputs and three units"

    def make(rng):
        return layer(rng, 4, 5, 3)

    def ask(answer, inputs):
        out, cache = answer.linear_fwd(inputs["x"], inputs["W"], inputs["b"])
        return answer.linear_bwd(inputs["dout"], cache)

    def value(answer, inputs):
        out, cache = answer.linear_fwd(inputs["x"], inputs["W"], inputs["b"])
        return float((out * inputs["dout"]).sum())

    def truth(inputs):
        return exact_gradients(inputs)


@probe(task=2, points=1, seeds=3, tolerance=T64, kind="gradient")
class GradientsManySizes:
    "The three gradients with many sizes, a square layer and a batch of one among them"

    def make(rng):
        return {"cases": [layer(rng, *size) for size in SIZES]}

    def ask(answer, inputs):
        found = []
        for c in inputs["cases"]:
            out, cache = answer.linear_fwd(c["x"], c["W"], c["b"])
            found.append(answer.linear_bwd(c["dout"], cache))
        return found

    def truth(inputs):
        return [exact_gradients(c) for c in inputs["cases"]]


@probe(task=2, points=1, seeds=2, tolerance=T64, kind="gradient")
class TwoLayersAtOnce:
    "Two forward passes before the first backward pass"

    def make(rng):
        return {"first": layer(rng, 3, 4, 2), "second": layer(rng, 3, 2, 5)}

    def ask(answer, inputs):
        first, second = inputs["first"], inputs["second"]
        _, one = answer.linear_fwd(first["x"], first["W"], first["b"])
        _, two = answer.linear_fwd(second["x"], second["W"], second["b"])
        return [answer.linear_bwd(second["dout"], two), answer.linear_bwd(first["dout"], one)]

    def truth(inputs):
        return [exact_gradients(inputs["second"]), exact_gradients(inputs["first"])]


@probe(task=2, points=1, seeds=2, tolerance=T64, kind="edge")
class BackwardViews:
    "Backward: transposed arrays, views with gaps, and a gradient that repeats one row"

    def make(rng):
        return {
            "x": rng.normal(size=(5, 3)),
            "W": rng.normal(size=(10, 8)),
            "b": rng.normal(size=8),
            "row": rng.normal(size=4),
        }

    def ask(answer, inputs):
        x, W, b = inputs["x"].T, inputs["W"][::2, ::-2], inputs["b"][::2]
        out, cache = answer.linear_fwd(x, W, b)
        return answer.linear_bwd(np.broadcast_to(inputs["row"], (3, 4)), cache)

    def truth(inputs):
        c = {"x": inputs["x"].T, "W": inputs["W"][::2, ::-2], "b": inputs["b"][::2]}
        c["dout"] = np.broadcast_to(inputs["row"], (3, 4))
        return exact_gradients(c)


@probe(task=2, points=1, seeds=2, tolerance=T32, kind="gradient")
class BackwardSinglePrecision:
    "Backward: float32 in, float32 out"

    def make(rng):
        return {name: value.astype(np.float32) for name, value in layer(rng, 3, 6, 4).items()}

    def ask(answer, inputs):
        out, cache = answer.linear_fwd(inputs["x"], inputs["W"], inputs["b"])
        return answer.linear_bwd(inputs["dout"], cache)

    def truth(inputs):
        return exact_gradients(inputs)
