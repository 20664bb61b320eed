"""What `slope_at` is asked: known curves, wide steps, and how the error shrinks with the step."""

import math

from grader.language import T64, Tolerance, band, probe, travels


@travels
def curve(c):
    """The function that the plain data `c` describes; it takes and returns one float."""
    kind, a, b = c["kind"], c["a"], c["b"]
    if kind == "cubic":
        return lambda x: a * x**3 + b * x**2 - x + 1.0
    if kind == "exp":
        return lambda x: a * math.exp(b * x)
    if kind == "log":
        return lambda x: a * math.log(x + b)
    if kind == "sin":
        return lambda x: math.sin(a * x + b)
    if kind == "abs":
        return lambda x: abs(a * x) + b
    return lambda x: a / (x * x + b)


def true_slope(c):
    """The slope of `curve(c)` at c["x"], from its formula."""
    kind, a, b, x = c["kind"], c["a"], c["b"], c["x"]
    if kind == "cubic":
        return 3 * a * x**2 + 2 * b * x - 1.0
    if kind == "exp":
        return a * b * math.exp(b * x)
    if kind == "log":
        return a / (x + b)
    if kind == "sin":
        return a * math.cos(a * x + b)
    if kind == "abs":
        return abs(a) * math.copysign(1.0, x)
    return -2 * a * x / (x * x + b) ** 2


def some_curve(rng, kind):
    """A curve with two random coefficients and a point well inside a smooth stretch of it."""
    x = float(rng.uniform(0.3, 2.7)) * (-1.0 if rng.random() < 0.5 else 1.0)
    if kind == "log":
        x = abs(x)
    return {"kind": kind, "a": float(rng.uniform(0.6, 2.0)), "b": float(rng.uniform(0.5, 1.5)), "x": x}


@probe(task=1, points=1, visible=True, seeds=2, tolerance=Tolerance(5e-7, 5e-7))
class Parabola:
    "The parabola x², at one point"

    def make(rng):
        return {"x": round(float(rng.uniform(1.0, 5.0)), 3)}

    def ask(answer, inputs):
        return answer.slope_at(lambda x: x * x, inputs["x"])

    def truth(inputs):
        return 2 * inputs["x"]


@probe(task=1, points=1, visible=True, seeds=2, tolerance=T64)
class WideStep:
    "The cubic x³ with a wide step: the error is exactly h²"

    def make(rng):
        return {"x": round(float(rng.uniform(0.5, 2.0)), 3), "h": float(rng.choice([0.25, 0.5]))}

    def ask(answer, inputs):
        return answer.slope_at(lambda x: x**3, inputs["x"], inputs["h"])

    def truth(inputs):
        return 3 * inputs["x"] ** 2 + inputs["h"] ** 2


@probe(task=1, points=2, seeds=4, tolerance=Tolerance(5e-7, 5e-7))
class TwelveCurves:
    "Twelve curves: polynomials, exp, log, sin, |x| away from 0, fractions"

    def make(rng):
        kinds = ["cubic", "exp", "log", "sin", "abs", "bell"] * 2
        return {"curves": [some_curve(rng, kind) for kind in kinds]}

    def ask(answer, inputs):
        return [answer.slope_at(curve(c), c["x"]) for c in inputs["curves"]]

    def truth(inputs):
        return [true_slope(c) for c in inputs["curves"]]


@probe(task=1, points=1, seeds=3, tolerance=Tolerance(5e-7, 5e-7))
class TallCurves:
    "Curves whose heights are in the thousands"

    def make(rng):
        curves = [some_curve(rng, kind) for kind in ("cubic", "exp", "bell")]
        return {"curves": [c | {"a": c["a"] * 1000.0, "b": c["b"] + 0.5} for c in curves]}

    def ask(answer, inputs):
        return [answer.slope_at(curve(c), c["x"]) for c in inputs["curves"]]

    def truth(inputs):
        return [true_slope(c) for c in inputs["curves"]]


@probe(task=1, points=2, seeds=4, judge=band(3.9, 4.1))
class HalvingTheStep:
    "Halving the step makes the error four times smaller"

    def make(rng):
        c = some_curve(rng, "exp" if rng.random() < 0.5 else "log")
        return {"curve": c, "h": float(rng.uniform(0.8e-2, 1.2e-2))}

    def ask(answer, inputs):
        c, h = inputs["curve"], inputs["h"]
        return [answer.slope_at(curve(c), c["x"], h), answer.slope_at(curve(c), c["x"], h / 2)]

    def judge(inputs, got):
        wide, narrow = (float(value) - true_slope(inputs["curve"]) for value in got)
        return wide / narrow if narrow else math.inf


@probe(task=1, points=1, seeds=3, tolerance=T64)
class GivenStep:
    "The step that was asked for is the step that is used"

    def make(rng):
        return {"curve": some_curve(rng, "sin"), "h": float(rng.uniform(0.2, 0.6))}

    def ask(answer, inputs):
        c = inputs["curve"]
        return answer.slope_at(curve(c), c["x"], h=inputs["h"])

    def truth(inputs):
        c, h = inputs["curve"], inputs["h"]
        return math.cos(c["a"] * c["x"] + c["b"]) * math.sin(c["a"] * h) / h
