"""Activations: values and slopes, at ordinary points, at kinks, far out and in float32."""

from functools import partial

import numpy as np

from grader.language import EXACT, T32, Tolerance, calls, travels


@travels
def both_ways(forward, backward, c):
    """One forward and backward; or two forwards first: a cache kept in a global cannot serve both."""
    if "x" in c:
        y, cache = forward(c["x"])
        return {"y": y, "dx": backward(c["dy"], cache)}
    y1, cache1 = forward(c["x1"])
    y2, cache2 = forward(c["x2"])
    return [y1, y2, backward(c["dy1"], cache1), backward(c["dy2"], cache2)]


@travels
def relu(answer, c):
    return both_ways(answer.relu, answer.relu_bwd, c)


@travels
def sigmoid(answer, c):
    return both_ways(answer.sigmoid, answer.sigmoid_bwd, c)


@travels
def tanh(answer, c):
    return both_ways(answer.tanh, answer.tanh_bwd, c)


@travels
def gelu(answer, c):
    return both_ways(answer.gelu, answer.gelu_bwd, c)


@travels
def sigmoid_and_tanh(answer, c):
    return [sigmoid(answer, c), tanh(answer, c)]


@travels
def sigmoid_then_tanh(answer, c):
    return sigmoid(answer, c) + tanh(answer, c)


def points(rng, *shape, dtype="float64"):
    """Ordinary points, kept away from the kink at 0."""
    x = rng.uniform(0.1, 3.0, shape) * rng.choice([-1.0, 1.0], shape)
    return {"x": x.astype(dtype), "dy": rng.standard_normal(shape).astype(dtype)}


def two_calls(rng):
    first, second = points(rng, 2, 3), points(rng, 2, 3)
    return {"x1": first["x"], "dy1": first["dy"], "x2": second["x"], "dy2": second["dy"]}


def formula(name, x):
    """The forward functions on real or complex input (author's box only: scipy)."""
    from scipy.special import erf

    return {
        "relu": lambda: np.where(x.real > 0, x, 0 * x),
        "sigmoid": lambda: 1 / (1 + np.exp(-x)),
        "tanh": lambda: np.tanh(x),
        "gelu": lambda: x * (1 + erf(x / 2**0.5)) / 2,
    }[name]()


def exact(name, c):
    """Exact slopes with no subtraction: the imaginary part of f(x + ih) / h."""
    slope = formula(name, c["x"] + 1e-30j).imag / 1e-30
    return {"y": formula(name, c["x"]), "dx": c["dy"] * slope}


def nearly(name, c):
    """Slopes by central differences."""
    h = 1e-5
    slope = (formula(name, c["x"] + h) - formula(name, c["x"] - h)) / (2 * h)
    return {"y": formula(name, c["x"]), "dx": c["dy"] * slope}


def nearly_both(c):
    return [nearly("sigmoid", c), nearly("tanh", c)]


SLOPES = {1: partial(exact, "relu"), 2: partial(exact, "sigmoid"), 3: partial(exact, "gelu")}
NEARLY = {1: partial(nearly, "relu"), 3: partial(nearly, "gelu")}


@calls({1: relu, 2: sigmoid, 3: gelu}, truth=SLOPES, visible=True)
def BothWays(rng):
    "{} of a small table, forward and backward"
    return points(rng, 2, 3)


@calls({2: tanh}, truth=partial(exact, "tanh"), visible=True)
def TanhBothWays(rng):
    "{} of a small table, forward and backward"
    return points(rng, 2, 3)


@calls({1: relu}, kind="edge")
def AtTheKink(rng):
    "relu exactly at zero, at minus zero and right beside it"
    x = np.array([0.0, -0.0, 1e-300, -1e-300, 2.0, -2.0])
    return {"x": rng.permutation(x), "dy": rng.uniform(0.5, 2.0, 6)}


@calls({2: sigmoid_and_tanh}, kind="edge")
def SigmoidAndTanhFarOut(rng):
    "sigmoid and tanh at plus and minus 800"
    return {"x": rng.permutation([800.0, -800.0, 0.3, -0.7, 45.0, -45.0]), "dy": rng.standard_normal(6)}


@calls({3: gelu}, kind="edge")
def GeluFarOut(rng):
    "gelu at zero and far out on both sides"
    return {"x": rng.permutation([0.0, -0.0, 60.0, -60.0, 5.5, -5.5]), "dy": rng.standard_normal(6)}


@calls({1: relu, 3: gelu}, truth=NEARLY, tolerance=Tolerance(1e-6, 1e-7), kind="gradient")
def AgainstDifferences(rng):
    "{}_bwd against finite differences, on a three-dimensional array"
    return points(rng, 2, 3, 5)


@calls({2: sigmoid_and_tanh}, truth=nearly_both, tolerance=Tolerance(1e-6, 1e-7), kind="gradient")
def SigmoidAndTanhAgainstDifferences(rng):
    "sigmoid_bwd and tanh_bwd against finite differences"
    return points(rng, 2, 3, 5)


@calls({1: relu, 3: gelu})
def TwoForwardsFirst(rng):
    "two forward calls of {} before the first backward call"
    return two_calls(rng)


@calls({2: sigmoid_then_tanh})
def SigmoidAndTanhTwoForwardsFirst(rng):
    "two forward calls before the first backward call"
    return two_calls(rng)


@calls({1: relu, 3: gelu}, seeds=2, tolerance={1: EXACT, 3: T32})
def InFloat32(rng):
    "{} keeps float32"
    return points(rng, 3, 5, dtype="float32")


@calls({2: sigmoid_and_tanh}, seeds=2, tolerance=T32)
def SigmoidAndTanhInFloat32(rng):
    "sigmoid and tanh keep float32"
    return points(rng, 3, 5, dtype="float32")
