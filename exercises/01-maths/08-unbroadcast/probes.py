"""What `unbroadcast` is asked: a table to read, hundreds of random shapes, views, float32, sharing."""

import numpy as np

from grader.language import EXACT, T32, T64, probe


def added_up(g, shape):
    """The definition: add every number of g to the place it was copied from, in extended precision.

    The places are found by broadcasting an array that holds 0, 1, 2, ... to the shape of g.
    """
    size = int(np.prod(shape, dtype=int))
    home = np.broadcast_to(np.arange(size).reshape(shape), g.shape)
    total = np.zeros(size, dtype=np.longdouble)
    np.add.at(total, home.ravel(), g.astype(np.longdouble).ravel())
    return total.reshape(shape).astype(g.dtype)


def some_case(rng, sizes):
    """A random shape, a random shape that it broadcasts to, and a gradient of the second shape."""
    full = [int(size) for size in rng.choice(sizes, size=int(rng.integers(0, 5)))]
    shape = [1 if rng.random() < 0.4 else size for size in full]
    shape = shape[int(rng.integers(0, len(shape) + 1)) :]
    return {"g": rng.normal(size=full), "shape": tuple(shape)}


@probe(task=1, points=1, visible=True, seeds=2, tolerance=T64)
class OneTable:
    "A 2 by 3 table, summed back to four shapes"

    def make(rng):
        return {"g": rng.integers(-9, 10, (2, 3)) * 0.5}

    def ask(answer, inputs):
        return [answer.unbroadcast(inputs["g"], shape) for shape in ((3,), (2, 1), (1, 3), ())]

    def truth(inputs):
        return [added_up(inputs["g"], shape) for shape in ((3,), (2, 1), (1, 3), ())]


@probe(task=1, points=2, seeds=3, tolerance=T64)
class HundredsOfShapes:
    "Hundreds of random shapes and what they are stretched to"

    def make(rng):
        return {"cases": [some_case(rng, [1, 2, 3, 4, 5]) for _ in range(300)]}

    def ask(answer, inputs):
        return [answer.unbroadcast(np.asarray(c["g"]), tuple(c["shape"])) for c in inputs["cases"]]

    def truth(inputs):
        return [added_up(np.asarray(c["g"]), tuple(c["shape"])) for c in inputs["cases"]]


@probe(task=1, points=1, seeds=2, tolerance=T64, kind="edge")
class EmptyAxes:
    "Axes of size 0: a sum of nothing is 0"

    def make(rng):
        cases = [((0, 3), (1, 3)), ((0, 3), (3,)), ((2, 0), (2, 1)), ((0,), ()), ((4, 0, 2), (4, 0, 1))]
        filled = [{"g": np.zeros(full), "shape": shape} for full, shape in cases]
        return {"cases": [*filled, {"g": rng.normal(size=(3, 2)), "shape": (3, 1)}]}

    def ask(answer, inputs):
        return [answer.unbroadcast(c["g"], tuple(c["shape"])) for c in inputs["cases"]]

    def truth(inputs):
        return [added_up(c["g"], tuple(c["shape"])) for c in inputs["cases"]]


@probe(task=1, points=1, seeds=2, tolerance=T64, kind="edge")
class Views:
    "Gradients that are transposed, have gaps, or repeat one number"

    def make(rng):
        return {"big": rng.normal(size=(6, 4, 10)), "row": rng.normal(size=5)}

    def ask(answer, inputs):
        gaps = inputs["big"].T[::2, ::-1, ::3]
        repeats = np.broadcast_to(inputs["row"], (3, 5))
        return [
            answer.unbroadcast(gaps, (4, 1)),
            answer.unbroadcast(gaps, (5, 1, 2)),
            answer.unbroadcast(repeats, (3, 1)),
        ]

    def truth(inputs):
        gaps = inputs["big"].T[::2, ::-1, ::3]
        repeats = np.broadcast_to(inputs["row"], (3, 5))
        return [added_up(gaps, (4, 1)), added_up(gaps, (5, 1, 2)), added_up(repeats, (3, 1))]


@probe(task=1, points=1, seeds=2, tolerance=T32)
class SinglePrecision:
    "float32 in, float32 out"

    def make(rng):
        return {"g": rng.normal(size=(4, 3, 2)).astype(np.float32)}

    def ask(answer, inputs):
        return [answer.unbroadcast(inputs["g"], shape) for shape in ((3, 2), (4, 1, 2), (4, 3, 2))]

    def truth(inputs):
        return [added_up(inputs["g"], shape) for shape in ((3, 2), (4, 1, 2), (4, 3, 2))]


@probe(task=1, points=1, seeds=2, tolerance=EXACT, kind="purity", veto=True, pure=False)
class AnArrayOfItsOwn:
    "Writing into the result leaves g alone, also where nothing was stretched"

    def make(rng):
        return {"g": rng.normal(size=(2, 3))}

    def ask(answer, inputs):
        for shape in ((2, 3), (1, 3), ()):
            answer.unbroadcast(inputs["g"], shape)[...] = 7.0
        return inputs["g"]

    def truth(inputs):
        return inputs["g"]
