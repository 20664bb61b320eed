"""What `slope_at` is asked: known curves, wide steps, and how the error shrinks with the step."""

import math

from grader.language import T64, Tolerance, band, calls, probe, travels


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
    if kind == "ramp":
        return lambda x: max(0.0, x - b)
    return lambda x: a / (x * x + b)


@travels
def slope(answer, c):
    return answer.slope_at(curve(c), c["x"])


@travels
def slope_with_step(answer, c):
    return answer.slope_at(curve(c), c["x"], h=c["h"])


def wide_slope(c):
    """What a central difference with the step c["h"] gives for a sine, exactly."""
    return math.cos(c["a"] * c["x"] + c["b"]) * math.sin(c["a"] * c["h"]) / c["h"]


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
    if kind == "ramp":
        return float(x > b)
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


@calls({1: slope}, truth=true_slope, points=2, seeds=4, tolerance=Tolerance(5e-7, 5e-7))
def TwelveCurves(rng):
    "Twelve curves: polynomials, exp, log, sin, |x| away from 0, fractions"
    return [some_curve(rng, kind) for kind in ["cubic", "exp", "log", "sin", "abs", "bell"] * 2]


@calls({1: slope}, truth=true_slope, tolerance=Tolerance(5e-7, 5e-7))
def TallCurves(rng):
    "Curves whose heights are in the thousands"
    rng.random()  # so that no x is one of another check's
    curves = [some_curve(rng, kind) for kind in ("cubic", "exp", "bell")]
    return [c | {"a": c["a"] * 1000.0, "b": c["b"] + 0.5} for c in curves]


@calls({1: slope}, truth=true_slope, seeds=2, tolerance=Tolerance(5e-7, 1e-300), kind="edge")
def FlatCurves(rng):
    "Curves so flat that their slopes are billionths, and flatter, down to 0"
    rng.random(2)  # so that no x is one of another check's
    curves = [some_curve(rng, kind) for kind in ("exp", "log", "bell", "exp")]
    flat = [c | {"a": c["a"] * 10.0 ** -(6 * i)} for i, c in enumerate([*curves, curves[0]])]
    level = some_curve(rng, "ramp")
    level["x"] = level["b"] - 1e-3  # level here, and the rise begins a hundred steps further on
    return [*flat, curves[2] | {"a": 1e-200}, level, curves[2] | {"x": 0.0}]  # the last one is a summit


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
        if not narrow:
            return "with half the step no error is left at all. A central difference with that step has one."
        return wide / narrow


@calls({1: slope_with_step}, truth=wide_slope)
def GivenStep(rng):
    "The step that was asked for is the step that is used"
    steps = rng.uniform([0.2, 0.7], [0.5, 0.9]).tolist()
    return [some_curve(rng, "sin") | {"h": h} for h in steps]


@calls({1: slope_with_step}, truth=wide_slope, seeds=2, kind="edge")
def AtZeroAndInTinyUnits(rng):
    "A wide step at 0 and far from 0, a whole number, and curves in tiny units, with a tiny step"
    curves = [some_curve(rng, "sin") | {"h": float(rng.uniform(0.2, 0.6))} for _ in range(3)]
    curves[0]["x"] = curves[2]["x"] = 0.0
    far = [curves[1] | {"x": x} for x in (-1234.5, 1321.5)] + [curves[1] | {"x": 2, "h": 2e-4}]
    tiny = [c | {"a": c["a"] * 1e13, "x": c["x"] * 1e-13, "h": c["h"] * 1e-13} for c in curves[1:]]
    return [curves[0], *tiny, *far]


@calls({1: slope}, truth=true_slope, seeds=2, tolerance=Tolerance(5e-7, 5e-7), kind="edge")
def SeveralCurvesAtOnePlace(rng):
    "Several curves, one after the other, at one and the same x"
    rng.random(3)  # so that x is none of another check's: who remembers slopes by x is found here
    x = float(rng.uniform(0.3, 2.7))
    return [some_curve(rng, kind) | {"x": x} for kind in ("cubic", "exp", "sin")]
