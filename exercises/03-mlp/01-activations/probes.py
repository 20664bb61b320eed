"""Activations: values and slopes, at ordinary points, at kinks, far out and in float32."""

from functools import partial

import numpy as np

from grader.language import EXACT, T32, Tolerance, calls, travels


@travels
def both_ways(forward, backward, c):
    """One forward and backward; or two forwards first: a cache kept in a global cannot serve both.

    The second of the two is of a transposed table, whose numbers do not lie in C order.
    """
    if "x" in c:
        y, cache = forward(c["x"])
        return {"y": y, "dx": backward(c["dy"], cache)}
    y1, cache1 = forward(c["x1"])
    y2, cache2 = forward(c["x2"].T)
    return [y1, y2, backward(c["dy1"], cache1), backward(c["dy2"].T, cache2)]


@travels
def each(sigmoid, sigmoid_bwd, tanh, tanh_bwd, c):
    return [both_ways(sigmoid, sigmoid_bwd, c), both_ways(tanh, tanh_bwd, c)]


@travels
def one_after_the_other(sigmoid, sigmoid_bwd, tanh, tanh_bwd, c):
    return both_ways(sigmoid, sigmoid_bwd, c) + both_ways(tanh, tanh_bwd, c)


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


TWO = {1: (both_ways, "relu", "relu_bwd"), 3: (both_ways, "gelu", "gelu_bwd")}
SIGMOID_AND_TANH = {2: (each, "sigmoid", "sigmoid_bwd", "tanh", "tanh_bwd")}
THREE = {
    1: (both_ways, "relu", "relu_bwd"),
    2: (both_ways, "sigmoid", "sigmoid_bwd"),
    3: (both_ways, "gelu", "gelu_bwd"),
}
SLOPES = {1: partial(exact, "relu"), 2: partial(exact, "sigmoid"), 3: partial(exact, "gelu")}
NEARLY = {1: partial(nearly, "relu"), 3: partial(nearly, "gelu")}


@calls(THREE, truth=SLOPES, visible=True)
def BothWays(rng):
    "{} of a small table, forward and backward"
    return points(rng, 2, 3)


@calls({2: (both_ways, "tanh", "tanh_bwd")}, truth=partial(exact, "tanh"), visible=True)
def TanhBothWays(rng):
    "{} of a small table, forward and backward"
    return points(rng, 2, 3)


@calls({1: (both_ways, "relu", "relu_bwd")}, seeds=2, kind="edge")
def ReluWhereNothingBends(rng):
    "relu of positive numbers only: equal numbers, in arrays of their own"
    made = points(rng, 2, 3)
    return made | {"x": abs(made["x"])}


@calls({1: (both_ways, "relu", "relu_bwd")}, kind="edge")
def AtTheKink(rng):
    "relu exactly at zero, at minus zero and right beside it"
    x = np.array([0.0, -0.0, 1e-300, -1e-300, 2.0, -2.0])
    return {"x": rng.permutation(x), "dy": rng.uniform(0.5, 2.0, 6)}


@calls(SIGMOID_AND_TANH, kind="edge")
def SigmoidAndTanhFarOut(rng):
    "sigmoid and tanh at plus and minus 800"
    return {"x": rng.permutation([800.0, -800.0, 0.3, -0.7, 45.0, -45.0]), "dy": rng.standard_normal(6)}


def one_by_one(rng, *ends):
    """Points on both sides, each an array of its own: a small number is not measured against a large one."""
    x = [side * float(rng.uniform(*ends)) for side in (1, -1, -1, -1)]
    return [{"x": np.array([point]), "dy": rng.uniform(0.5, 1.0, 1) * rng.choice([-1, 1])} for point in x]


@calls(SIGMOID_AND_TANH, tolerance=Tolerance(1e-14, 1e-14), veto=True, kind="edge")
def SigmoidAndTanhBetween(rng):
    "sigmoid and tanh between 31 and 45, with all their digits"
    return [*one_by_one(rng, 33, 45)]


@calls({3: (both_ways, "gelu", "gelu_bwd")}, tolerance=Tolerance(1e-14, 1e-13), kind="edge")
def GeluBetween(rng):
    "gelu between 6 and 7, with all its digits"
    return [*one_by_one(rng, 6.2, 7.0)]


@calls({3: (both_ways, "gelu", "gelu_bwd")}, kind="edge")
def GeluFarOut(rng):
    "gelu at zero and far out on both sides"
    return {"x": rng.permutation([0.0, -0.0, 60.0, -60.0, 5.5, -5.5]), "dy": rng.standard_normal(6)}


@calls(TWO, truth=NEARLY, tolerance=Tolerance(1e-6, 1e-7), kind="gradient")
def AgainstDifferences(rng):
    "{}_bwd against finite differences, on a three-dimensional array"
    return points(rng, 2, 3, 5)


@calls(SIGMOID_AND_TANH, truth=nearly_both, tolerance=Tolerance(1e-6, 1e-7), kind="gradient")
def SigmoidAndTanhAgainstDifferences(rng):
    "sigmoid_bwd and tanh_bwd against finite differences"
    return points(rng, 2, 3, 5)


@calls(TWO)
def TwoForwardsFirst(rng):
    "two forward calls of {}, the second of a transposed table, before the first backward call"
    return two_calls(rng)


@calls({2: (one_after_the_other, "sigmoid", "sigmoid_bwd", "tanh", "tanh_bwd")})
def SigmoidAndTanhTwoForwardsFirst(rng):
    "two forward calls, the second of a transposed table, before the first backward call"
    return two_calls(rng)


@calls(TWO, seeds=2, tolerance={1: EXACT, 3: T32})
def InFloat32(rng):
    "{} keeps float32"
    return points(rng, 3, 5, dtype="float32")


@calls(SIGMOID_AND_TANH, seeds=2, tolerance=T32)
def SigmoidAndTanhInFloat32(rng):
    "sigmoid and tanh keep float32"
    return points(rng, 3, 5, dtype="float32")
