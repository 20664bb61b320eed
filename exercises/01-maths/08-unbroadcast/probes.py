"""What `unbroadcast` is asked: a table to read, hundreds of random shapes, views, float32, sharing."""

import numpy as np

from grader.language import EXACT, T32, Tolerance, calls, probe, travels


@travels
def viewed(c):
    if "view" not in c:
        return np.asarray(c["g"])
    return np.broadcast_to(c["g"], (3, 5)) if c["view"] == "repeats" else c["g"].T[::2, ::-1, ::3]


@travels
def summed(answer, c):
    return answer.unbroadcast(viewed(c), tuple(c["shape"]))


def added_up(c):
    """The definition: add every number of g to the place it was copied from, in extended precision.

    The places are found by broadcasting an array that holds 0, 1, 2, ... to the shape of g.
    """
    g, shape = viewed(c), tuple(c["shape"])
    size = int(np.prod(shape, dtype=int))
    home = np.broadcast_to(np.arange(size).reshape(shape), g.shape)
    total = np.zeros(size, dtype=np.longdouble)
    np.add.at(total, home.ravel(), g.astype(np.longdouble).ravel())
    return total.reshape(shape).astype(g.dtype)


def some_case(rng, sizes, axes=4):
    """A random shape, a random shape that it broadcasts to, and a gradient of the second shape."""
    full = [int(size) for size in rng.choice(sizes, size=int(rng.integers(0, axes + 1)))]
    shape = [1 if rng.random() < 0.4 else size for size in full]
    shape = shape[int(rng.integers(0, len(shape) + 1)) :]
    return {"g": rng.normal(size=full), "shape": tuple(shape)}


@calls({1: summed}, truth=added_up, visible=True, seeds=2)
def OneTable(rng):
    "A 2 by 3 table, summed back to four shapes"
    g = rng.integers(-9, 10, (2, 3)) * 0.5
    return [{"g": g, "shape": shape} for shape in ((3,), (2, 1), (1, 3), ())]


@calls({1: summed}, truth=added_up, points=2)
def HundredsOfShapes(rng):
    "Hundreds of random shapes and what they are stretched to, with up to seven axes"
    cases = [some_case(rng, [1, 2, 3, 4, 5]) for _ in range(270)]
    return cases + [some_case(rng, [1, 2, 3], axes=7) for _ in range(30)]


@calls({1: summed}, truth=added_up, seeds=2, kind="edge")
def EmptyAxes(rng):
    "Axes of size 0: a sum of nothing is 0"
    cases = [((0, 3), (1, 3)), ((0, 3), (3,)), ((2, 0), (2, 1)), ((0,), ()), ((4, 0, 2), (4, 0, 1))]
    filled = [{"g": np.zeros(full), "shape": shape} for full, shape in cases]
    single = {"g": np.zeros((0, 2), dtype=np.float32), "shape": (1, 2)}
    return [*filled, {"g": rng.normal(size=(3, 2)), "shape": (3, 1)}, single]


@calls({1: summed}, truth=added_up, seeds=2, tolerance=Tolerance(1e-9, 1e-40), kind="edge")
def FaintGradients(rng):
    "Gradients far below a billionth, which are numbers all the same"
    g = rng.normal(size=(4, 3)) * 1e-20
    return [{"g": g, "shape": shape} for shape in ((3,), (4, 1), (4, 3))]


@calls({1: summed}, truth=added_up, seeds=2, kind="edge")
def Views(rng):
    "Gradients that are transposed, have gaps, or repeat one number"
    big, row = rng.normal(size=(6, 4, 10)), rng.normal(size=5)
    gaps = [{"g": big, "shape": shape, "view": "gaps"} for shape in ((4, 1), (5, 1, 2))]
    return [*gaps, {"g": row, "shape": (3, 1), "view": "repeats"}]


@calls({1: summed}, truth=added_up, seeds=2, tolerance=T32)
def SinglePrecision(rng):
    "float32 in, float32 out"
    g = rng.normal(size=(4, 3, 2)).astype(np.float32)
    return [{"g": g, "shape": shape} for shape in ((3, 2), (4, 1, 2), (4, 3, 2), (), (1,))]


@probe(task=1, points=1, seeds=2, tolerance=EXACT, kind="purity", veto=True, pure=False)
class AnArrayOfItsOwn:
    "Writing into the result leaves g alone, also where nothing was stretched"

    def make(rng):
        return {"g": rng.normal(size=(2, 3)), "number": float(rng.normal())}

    def ask(answer, inputs):
        number = np.array(inputs["number"])
        for g, shape in ((inputs["g"], (2, 3)), (inputs["g"], (1, 3)), (inputs["g"], ()), (number, ())):
            answer.unbroadcast(g, shape)[...] = 7.0
        return [inputs["g"], float(number)]

    def truth(inputs):
        return [inputs["g"], inputs["number"]]
