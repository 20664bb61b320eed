"""Activations: values and slopes, at ordinary points, at kinks, far out and in float32."""

import numpy as np

from grader.language import EXACT, T32, T64, Tolerance, probe, travels


@travels
def both_ways(forward, backward, inputs):
    y, cache = forward(inputs["x"])
    return {"y": y, "dx": backward(inputs["dy"], cache)}


@travels
def interleaved(forward, backward, inputs):
    """Two forwards, then two backwards: a cache kept in a global cannot serve both."""
    y1, cache1 = forward(inputs["x1"])
    y2, cache2 = forward(inputs["x2"])
    return [y1, y2, backward(inputs["dy1"], cache1), backward(inputs["dy2"], cache2)]


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


def complex_step(name, inputs):
    """Exact slopes with no subtraction: the imaginary part of f(x + ih) / h."""
    slope = formula(name, inputs["x"] + 1e-30j).imag / 1e-30
    return {"y": formula(name, inputs["x"]), "dx": inputs["dy"] * slope}


def central_difference(name, inputs):
    h = 1e-5
    slope = (formula(name, inputs["x"] + h) - formula(name, inputs["x"] - h)) / (2 * h)
    return {"y": formula(name, inputs["x"]), "dx": inputs["dy"] * slope}


@probe(task=1, points=1, visible=True, seeds=3, tolerance=T64)
class ReluBothWays:
    "relu of a small table, forward and backward"

    def make(rng):
        return points(rng, 2, 3)

    def ask(answer, inputs):
        return both_ways(answer.relu, answer.relu_bwd, inputs)

    def truth(inputs):
        return complex_step("relu", inputs)


@probe(task=1, points=1, seeds=3, tolerance=T64, kind="edge")
class ReluAtTheKink:
    "relu exactly at zero, at minus zero and right beside it"

    def make(rng):
        x = np.array([0.0, -0.0, 1e-300, -1e-300, 2.0, -2.0])
        return {"x": rng.permutation(x), "dy": rng.uniform(0.5, 2.0, 6)}

    def ask(answer, inputs):
        return both_ways(answer.relu, answer.relu_bwd, inputs)


@probe(task=1, points=1, seeds=3, tolerance=Tolerance(1e-6, 1e-7), kind="gradient")
class ReluAgainstDifferences:
    "relu_bwd against finite differences, on a three-dimensional array"

    def make(rng):
        return points(rng, 2, 3, 5)

    def ask(answer, inputs):
        return both_ways(answer.relu, answer.relu_bwd, inputs)

    def truth(inputs):
        return central_difference("relu", inputs)


@probe(task=1, points=1, seeds=3, tolerance=T64)
class ReluTwoForwardsFirst:
    "two forward calls of relu before the first backward call"

    def make(rng):
        return two_calls(rng)

    def ask(answer, inputs):
        return interleaved(answer.relu, answer.relu_bwd, inputs)


@probe(task=1, points=1, seeds=2, tolerance=EXACT)
class ReluInFloat32:
    "relu keeps float32"

    def make(rng):
        return points(rng, 3, 5, dtype="float32")

    def ask(answer, inputs):
        return both_ways(answer.relu, answer.relu_bwd, inputs)


@probe(task=2, points=1, visible=True, seeds=3, tolerance=T64)
class SigmoidBothWays:
    "sigmoid of a small table, forward and backward"

    def make(rng):
        return points(rng, 2, 3)

    def ask(answer, inputs):
        return both_ways(answer.sigmoid, answer.sigmoid_bwd, inputs)

    def truth(inputs):
        return complex_step("sigmoid", inputs)


@probe(task=2, points=1, visible=True, seeds=3, tolerance=T64)
class TanhBothWays:
    "tanh of a small table, forward and backward"

    def make(rng):
        return points(rng, 2, 3)

    def ask(answer, inputs):
        return both_ways(answer.tanh, answer.tanh_bwd, inputs)

    def truth(inputs):
        return complex_step("tanh", inputs)


@probe(task=2, points=1, seeds=3, tolerance=T64, kind="edge")
class SigmoidAndTanhFarOut:
    "sigmoid and tanh at plus and minus 800"

    def make(rng):
        return {"x": rng.permutation([800.0, -800.0, 0.3, -0.7, 45.0, -45.0]), "dy": rng.standard_normal(6)}

    def ask(answer, inputs):
        sigmoid = both_ways(answer.sigmoid, answer.sigmoid_bwd, inputs)
        return [sigmoid, both_ways(answer.tanh, answer.tanh_bwd, inputs)]


@probe(task=2, points=1, seeds=3, tolerance=Tolerance(1e-6, 1e-7), kind="gradient")
class SigmoidAndTanhAgainstDifferences:
    "sigmoid_bwd and tanh_bwd against finite differences"

    def make(rng):
        return points(rng, 2, 3, 5)

    def ask(answer, inputs):
        sigmoid = both_ways(answer.sigmoid, answer.sigmoid_bwd, inputs)
        return [sigmoid, both_ways(answer.tanh, answer.tanh_bwd, inputs)]

    def truth(inputs):
        return [central_difference(name, inputs) for name in ("sigmoid", "tanh")]


@probe(task=2, points=1, seeds=3, tolerance=T64)
class SigmoidAndTanhTwoForwardsFirst:
    "two forward calls before the first backward call"

    def make(rng):
        return two_calls(rng)

    def ask(answer, inputs):
        sigmoid = interleaved(answer.sigmoid, answer.sigmoid_bwd, inputs)
        return sigmoid + interleaved(answer.tanh, answer.tanh_bwd, inputs)


@probe(task=2, points=1, seeds=2, tolerance=T32)
class SigmoidAndTanhInFloat32:
    "sigmoid and tanh keep float32"

    def make(rng):
        return points(rng, 3, 5, dtype="float32")

    def ask(answer, inputs):
        sigmoid = both_ways(answer.sigmoid, answer.sigmoid_bwd, inputs)
        return [sigmoid, both_ways(answer.tanh, answer.tanh_bwd, inputs)]


@probe(task=3, points=1, visible=True, seeds=3, tolerance=T64)
class GeluBothWays:
    "gelu of a small table, forward and backward"

    def make(rng):
        return points(rng, 2, 3)

    def ask(answer, inputs):
        return both_ways(answer.gelu, answer.gelu_bwd, inputs)

    def truth(inputs):
        return complex_step("gelu", inputs)


@probe(task=3, points=1, seeds=3, tolerance=Tolerance(1e-6, 1e-7), kind="gradient")
class GeluAgainstDifferences:
    "gelu_bwd against finite differences, on a three-dimensional array"

    def make(rng):
        return points(rng, 2, 3, 5)

    def ask(answer, inputs):
        return both_ways(answer.gelu, answer.gelu_bwd, inputs)

    def truth(inputs):
        return central_difference("gelu", inputs)


@probe(task=3, points=1, seeds=3, tolerance=T64, kind="edge")
class GeluFarOut:
    "gelu at zero and far out on both sides"

    def make(rng):
        return {"x": rng.permutation([0.0, -0.0, 60.0, -60.0, 5.5, -5.5]), "dy": rng.standard_normal(6)}

    def ask(answer, inputs):
        return both_ways(answer.gelu, answer.gelu_bwd, inputs)


@probe(task=3, points=1, seeds=3, tolerance=T64)
class GeluTwoForwardsFirst:
    "two forward calls of gelu before the first backward call"

    def make(rng):
        return two_calls(rng)

    def ask(answer, inputs):
        return interleaved(answer.gelu, answer.gelu_bwd, inputs)


@probe(task=3, points=1, seeds=2, tolerance=T32)
class GeluInFloat32:
    "gelu keeps float32"

    def make(rng):
        return points(rng, 3, 5, dtype="float32")

    def ask(answer, inputs):
        return both_ways(answer.gelu, answer.gelu_bwd, inputs)
