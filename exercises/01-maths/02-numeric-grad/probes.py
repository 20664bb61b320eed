"""What `numeric_grad` is asked: functions whose gradients are known by formula, on arrays of many shapes."""

import numpy as np
from probing import counted

from grader.language import EXACT, Tolerance, calls, probe, travels


@travels
def bumpy(c):
    """A function of one array: waves, squares, and a square of a weighted sum that mixes all entries."""

    def f(x):
        mixed = float((c["u"] * x).sum())
        return float((c["w"] * np.sin(x)).sum() + (c["v"] * x * x).sum() + mixed * mixed)

    return f


def true_grad(c, x, h=0.0):
    """The gradient of `bumpy(c)`; with h > 0 what a central difference with that step gives, exactly."""
    wave = np.sin(h) / h if h else 1.0
    return c["w"] * np.cos(x) * wave + 2 * c["v"] * x + 2 * (c["u"] * x).sum() * c["u"]


@travels
def gradient(answer, c):
    step = {"h": c["h"]} if "h" in c else {}
    return answer.numeric_grad(bumpy(c), np.asarray(c["x"]), **step)


@travels
def gradient_of_view(answer, c):
    return answer.numeric_grad(bumpy(c), c["big"][::-2].T)


def true_gradient(c):
    return np.asarray(true_grad(c, np.asarray(c["x"], dtype=float), c.get("h", 0.0)))


def true_gradient_of_view(c):
    return true_grad(c, c["big"][::-2].T)


def some_function(rng, shape):
    return {name: rng.uniform(0.5, 1.5, shape) * rng.choice([-1.0, 1.0], shape) for name in "uvw"}


@probe(task=1, points=1, visible=True, seeds=2, tolerance=Tolerance(1e-7, 1e-8))
class SumOfSquares:
    "A sum of squares over a vector"

    def make(rng):
        return {"x": rng.uniform(-3.0, 3.0, 3).round(2)}

    def ask(answer, inputs):
        return answer.numeric_grad(lambda x: float((x * x).sum()), inputs["x"])

    def truth(inputs):
        return 2 * inputs["x"]


@probe(task=1, points=1, visible=True, seeds=2, tolerance=Tolerance(1e-7, 1e-8))
class ProductOfTwo:
    "A product on a 2 by 3 array: each slope depends on other entries"

    def make(rng):
        return {"x": rng.uniform(0.5, 3.0, (2, 3)).round(2)}

    def ask(answer, inputs):
        return answer.numeric_grad(lambda x: float((x[0] * x[1]).sum()), inputs["x"])

    def truth(inputs):
        return inputs["x"][::-1].copy()


@calls({1: gradient}, truth=true_gradient, points=2, tolerance=Tolerance(1e-7, 1e-8))
def ManyShapes(rng):
    "Arrays of many shapes, from no axis to five"
    shapes = [(), (1,), (3,), (2, 3, 4), (5, 1, 2), (0, 3), (2, 1, 2, 1, 3)]
    return [some_function(rng, s) | {"x": rng.normal(size=s)} for s in shapes]


@calls({1: gradient_of_view}, truth=true_gradient_of_view, tolerance=Tolerance(1e-7, 1e-8), kind="edge")
def ViewsWithGaps(rng):
    "A transposed view with gaps"
    return {**some_function(rng, (3, 5)), "big": rng.normal(size=(10, 3))}


@calls({1: gradient}, truth=true_gradient, tolerance=Tolerance(1e-7, 1e-8), kind="edge")
def WholeNumbers(rng):
    "Arrays of whole numbers, of three types"
    cases = [
        some_function(rng, (2, 4)) | {"x": rng.integers(low, 5, (2, 4)).astype(dtype)}
        for low, dtype in ((-4, np.int64), (-4, np.int32), (0, np.uint8))
    ]
    grey = rng.integers(130, 256, (1, 2)).astype(np.uint8)  # more than an int8 holds
    return [*cases, some_function(rng, (1, 2)) | {"x": grey}]


@probe(task=1, points=1, seeds=3, tolerance=EXACT, kind="purity", veto=True)
class GivenBack:
    "x still holds what it held, to the last bit"

    def make(rng):
        return some_function(rng, (4, 2)) | {
            "x": rng.normal(size=(4, 2)) * 10.0 ** rng.integers(-3, 4, (4, 2))
        }

    def ask(answer, inputs):
        answer.numeric_grad(bumpy(inputs), inputs["x"])
        return inputs["x"]

    def truth(inputs):
        return inputs["x"]


@probe(task=1, points=1, seeds=2, tolerance=EXACT, kind="edge", veto=True)
class ArraysOnly:
    "The type of the result, for an x of shape () and for a vector"

    def make(rng):
        return {"x": rng.normal(size=()), "v": rng.normal(size=3)}

    def ask(answer, inputs):
        points = [np.asarray(inputs[name]) for name in ("x", "v")]
        results = [answer.numeric_grad(lambda x: float((x * x).sum()), point) for point in points]
        return [type(result).__name__ for result in results]

    def truth(inputs):
        return ["ndarray", "ndarray"]


@calls({1: gradient}, truth=true_gradient, seeds=2, tolerance=Tolerance(1e-6, 1e-35), kind="edge")
def FaintSlopes(rng):
    "Functions so flat that their slopes are billionths, and flatter"
    c, x = some_function(rng, (2, 3)), rng.normal(size=(2, 3))
    faint = {"u": c["u"] * 1e-4, "v": c["v"] * 1e-9, "w": c["w"] * 1e-8, "x": x}
    fainter = {"u": c["u"] * 1e-11, "v": c["v"] * 1e-23, "w": c["w"] * 1e-22, "x": x}
    return [faint, fainter]


@calls({1: gradient}, truth=true_gradient)
def GivenStep(rng):
    "The step that was asked for is the step that is used"
    c = some_function(rng, (3, 2)) | {"x": rng.normal(size=(3, 2)), "h": float(rng.uniform(0.2, 0.6))}
    return [c, c | {"x": c["x"] * 1000.0}]  # near 0, and far from it


@probe(task=1, points=1, seeds=2, tolerance=EXACT, veto=True)
class TwoCallsPerEntry:
    "f is called twice for each entry"

    def make(rng):
        return {"x": rng.normal(size=(int(rng.integers(2, 6)), 3))}

    def ask(answer, inputs):
        f = counted(lambda x: float((x * x).sum()))
        answer.numeric_grad(f, inputs["x"])
        return f.calls

    def truth(inputs):
        return 2 * inputs["x"].size


@probe(task=1, points=1, seeds=2, tolerance=EXACT, kind="edge", veto=True)
class OneEntryAtATime:
    "Each array that f receives differs from x in one entry"

    def make(rng):
        return {"x": rng.normal(size=(3, 2)) * 10.0 ** -rng.integers(0, 30, (3, 2))}

    def ask(answer, inputs):
        x, home, moved = inputs["x"], inputs["x"].copy(), []

        def f(z):
            moved.append(int((z != home).sum()))
            return float((z * z).sum())

        answer.numeric_grad(f, x)
        return moved

    def truth(inputs):
        return [1] * (2 * inputs["x"].size)
