"""What the linear layer is asked: many sizes, all three gradients, two layers at once, views, float32."""

import numpy as np

from grader.language import T32, Tolerance, calls, probe, travels

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


@travels
def forward(answer, c):
    return answer.linear_fwd(c["x"], c["W"], c["b"])[0]


@travels
def backward(answer, c):
    out, cache = answer.linear_fwd(c["x"], c["W"], c["b"])
    return answer.linear_bwd(c["dout"], cache)


@travels
def with_gaps(c):
    views = {"x": c["x"].T, "W": c["W"][::2, ::-2], "b": c["b"][::2]}
    return views | {"dout": np.broadcast_to(c["row"], (3, 4))} if "row" in c else views


@travels
def forward_views(answer, c):
    return forward(answer, with_gaps(c))


@travels
def backward_views(answer, c):
    return backward(answer, with_gaps(c))


def exact_forward_views(c):
    return exact_forward(with_gaps(c))


def exact_gradients_views(c):
    return exact_gradients(with_gaps(c))


@calls({1: forward}, truth=exact_forward, visible=True, seeds=2)
def SmallForward(rng):
    "Two examples of three numbers, through two units"
    return {name: value.round(1) for name, value in layer(rng, 2, 3, 2).items()}


@calls({1: forward}, truth=exact_forward)
def ForwardManySizes(rng):
    "Forward with many sizes, a batch of one among them, and large numbers"
    large = layer(rng, 3, 2, 4)
    return [*(layer(rng, *size) for size in SIZES), large | {"x": large["x"] * 1e9}]


@calls({1: forward}, truth=exact_forward, seeds=2, tolerance=T32)
def ForwardSinglePrecision(rng):
    "Forward: float32 in, float32 out"
    return {name: value.astype(np.float32) for name, value in layer(rng, 3, 6, 4).items()}


@calls({1: forward_views}, truth=exact_forward_views, seeds=2, kind="edge")
def ForwardViews(rng):
    "Forward: transposed arrays and views with gaps"
    return {"x": rng.normal(size=(5, 3)), "W": rng.normal(size=(10, 8)), "b": rng.normal(size=8)}


@probe(task=2, visible=True, seeds=2, kind="gradient", wrt=("x", "W", "b"))
class SmallBackward:
    "The three gradients for two examples, three inputs and two units"

    def make(rng):
        return {name: value.round(1) for name, value in layer(rng, 2, 3, 2).items()}

    def ask(answer, inputs):
        return backward(answer, inputs)

    def value(answer, inputs):
        return float((forward(answer, inputs) * inputs["dout"]).sum())

    def truth(inputs):
        return exact_gradients(inputs)


@probe(points=2, visible=False, seeds=3)
class Gradients(SmallBackward):
    "The three gradients for four examples, five inputs and three units"

    def make(rng):
        return layer(rng, 4, 5, 3)


@calls({2: backward}, truth=exact_gradients, kind="gradient")
def GradientsManySizes(rng):
    "The three gradients with many sizes, a square layer and a batch of one among them"
    return [layer(rng, *size) for size in SIZES]


@probe(task=2, seeds=2, kind="gradient")
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


@calls({2: backward_views}, truth=exact_gradients_views, seeds=2, kind="edge")
def BackwardViews(rng):
    "Backward: transposed arrays, views with gaps, and a gradient that repeats one row"
    sizes = {"x": (5, 3), "W": (10, 8), "b": 8, "row": 4}
    return {name: rng.normal(size=size) for name, size in sizes.items()}


@calls({2: backward}, truth=exact_gradients, seeds=2, tolerance=T32, kind="gradient")
def BackwardSinglePrecision(rng):
    "Backward: float32 in, float32 out"
    return {name: value.astype(np.float32) for name, value in layer(rng, 3, 6, 4).items()}


@calls({2: backward}, truth=exact_gradients, seeds=2, tolerance=Tolerance(1e-9, 1e-40), kind="edge")
def ZerosAndFaintGradients(rng):
    "Inputs and weights that are 0 in places, and gradients far below a billionth and far above"
    holes, faint = layer(rng, 4, 5, 3), layer(rng, 4, 5, 3)
    holes["x"] = np.maximum(holes["x"], 0)
    holes["W"][::2] = 0.0
    return [holes, *(faint | {"dout": faint["dout"] * scale} for scale in (1e-20, 1e9))]
