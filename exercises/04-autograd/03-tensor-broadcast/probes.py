"""Tensors: each formula runs on the learner's Tensor, and on complex arrays outside for its slopes."""

import numpy as np

from grader.language import T64, Tolerance, probe, travels


@travels
def run(Tensor, formula, case):
    """Leaves, one formula, a random seed backwards: the result and what every leaf received."""
    leaves = [Tensor(array) for array in case["arrays"]]
    out = formula(*leaves)
    out.backward(case["seed"])
    return {"out": out.data, "grads": [leaf.grad for leaf in leaves]}


def with_seed(rng, case, formula):
    """Add a random seed in the shape of the result."""
    return case | {"seed": np.asarray(rng.standard_normal(np.shape(formula(*case["arrays"]))))}


def slopes(case, formula, step, read):
    """Nudge one number at a time; `read` turns the two nudged results into a slope."""
    grads = []
    for place, array in enumerate(case["arrays"]):
        grad = np.zeros(array.shape)
        for index in np.ndindex(*array.shape):
            results = []
            for way in (1, -1):
                arrays = [np.array(a, dtype=type(step)) for a in case["arrays"]]
                arrays[place][index] += way * step
                results.append(np.sum(formula(*arrays) * case["seed"]))
            grad[index] = read(*results)
        grads.append(grad)
    return {"out": np.asarray(formula(*case["arrays"])), "grads": grads}


def by_complex_step(case, formula):
    return slopes(case, formula, 1e-30j, lambda up, down: up.imag / 1e-30)


def by_differences(case, formula):
    return slopes(case, formula, 1e-5, lambda up, down: (up - down) / 2e-5)


@travels
def arithmetic(word):
    return {
        "+": lambda a, b: a + b,
        "-": lambda a, b: a - b,
        "*": lambda a, b: a * b,
        "/": lambda a, b: a / b,
        "x + 2": lambda a: a + 2.0,
        "2 + x": lambda a: 2.0 + a,
        "x - 2": lambda a: a - 2.0,
        "2 - x": lambda a: 2.0 - a,
        "x * 3": lambda a: a * 3.0,
        "3 * x": lambda a: 3.0 * a,
        "x / 4": lambda a: a / 4.0,
        "4 / x": lambda a: 4.0 / a,
        "-x": lambda a: -a,
        "mixed": lambda a, b: (a * b - b / a) * a + b,
    }[word]


@travels
def total(case):
    axis = tuple(case["axis"]) if isinstance(case["axis"], list) else case["axis"]
    options = {"axis": axis} if axis is not None else {}
    if case["keepdims"]:
        options["keepdims"] = True
    if case["word"] == "sum":
        return lambda a: a.sum(**options)
    return lambda a: a.mean(**options)


@travels
def moved(case):
    if case["word"] == "reshape":
        return lambda a: a.reshape(*case["to"])
    return lambda a: a.transpose(*case["to"])


def numbers(rng, *shape):
    return np.asarray(rng.uniform(0.5, 2.0, shape) * rng.choice([-1.0, 1.0], shape))


def shapes(rng):
    """Two shapes that broadcast: common sizes, some squeezed to 1, leading axes dropped."""
    full = [int(size) for size in rng.choice([1, 2, 3, 5], rng.integers(1, 4))]
    pair = []
    for _ in range(2):
        shape = [1 if rng.random() < 0.35 else size for size in full]
        pair.append(shape[int(rng.integers(len(full) + 1)) if rng.random() < 0.5 else 0 :])
    return pair


def operation(rng, word, *sizes):
    case = {"word": word, "arrays": [numbers(rng, *shape) for shape in sizes]}
    return with_seed(rng, case, arithmetic(word))


def totals(rng, word):
    cases = []
    for shape, axis in (
        ((2, 3), None),
        ((2, 3), 0),
        ((2, 3), 1),
        ((2, 3, 5), -1),
        ((2, 3, 5), 1),
        ((2, 3, 5), [0, 2]),
        ((2, 3, 5), [-1, 0]),
        ((1, 4), 0),
        ((7,), 0),
        ((), None),
    ):
        for keepdims in (False, True):
            array = numbers(rng, *shape)
            if array.ndim == 3:
                array[..., -1] = 0.0  # exact zeros are numbers like any other
            case = {"word": word, "axis": axis, "keepdims": keepdims, "arrays": [array]}
            cases.append(with_seed(rng, case, total(case)))
    return {"cases": cases}


def moves(rng, word, ways):
    cases = []
    for shape, to in ways:
        case = {"word": word, "to": to, "arrays": [numbers(rng, *shape)]}
        cases.append(with_seed(rng, case, moved(case)))
    return {"cases": cases}


@probe(task=1, points=1, visible=True, seeds=2, tolerance=T64, kind="gradient")
class FourOperations:
    "plus, minus, times and divide of a row and a column"

    def make(rng):
        return {"cases": [operation(rng, word, (1, 3), (2, 1)) for word in "+-*/"]}

    def ask(answer, inputs):
        return [run(answer.Tensor, arithmetic(case["word"]), case) for case in inputs["cases"]]

    def truth(inputs):
        return [by_complex_step(case, arithmetic(case["word"])) for case in inputs["cases"]]


@probe(task=1, points=1, visible=True, seeds=2, tolerance=T64, kind="gradient")
class WithPlainNumbers:
    "plain numbers on either side, and the sign"

    def make(rng):
        words = ["x + 2", "2 + x", "x - 2", "2 - x", "x * 3", "3 * x", "x / 4", "4 / x", "-x"]
        return {"cases": [operation(rng, word, (2, 3)) for word in words]}

    def ask(answer, inputs):
        return [run(answer.Tensor, arithmetic(case["word"]), case) for case in inputs["cases"]]

    def truth(inputs):
        return [by_complex_step(case, arithmetic(case["word"])) for case in inputs["cases"]]


@probe(task=1, points=1, seeds=2, tolerance=T64, kind="gradient")
class PlainNumbersAndAnyShape:
    "plain numbers on either side of tensors of all shapes"

    def make(rng):
        words = ["x + 2", "2 + x", "x - 2", "2 - x", "x * 3", "3 * x", "x / 4", "4 / x", "-x"]
        return {"cases": [operation(rng, word, shape) for word in words for shape in ((), (4,), (2, 1, 3))]}

    def ask(answer, inputs):
        return [run(answer.Tensor, arithmetic(case["word"]), case) for case in inputs["cases"]]

    def truth(inputs):
        return [by_complex_step(case, arithmetic(case["word"])) for case in inputs["cases"]]


@probe(task=1, points=3, seeds=4, tolerance=T64, kind="gradient")
class FortyPairsOfShapes:
    "forty random pairs of shapes that broadcast, each with every operation in turn"

    def make(rng):
        return {"cases": [operation(rng, "+-*/"[n % 4], *shapes(rng)) for n in range(40)]}

    def ask(answer, inputs):
        return [run(answer.Tensor, arithmetic(case["word"]), case) for case in inputs["cases"]]

    def truth(inputs):
        return [by_complex_step(case, arithmetic(case["word"])) for case in inputs["cases"]]


@probe(task=1, points=1, seeds=2, tolerance=Tolerance(1e-6, 1e-8), kind="gradient")
class ShapesAgainstDifferences:
    "a longer formula on broadcast shapes, against finite differences"

    def make(rng):
        pairs = [((3,), (2, 1)), ((2, 1, 3), (5, 1)), ((), (4,))]
        return {"cases": [operation(rng, "mixed", *pair) for pair in pairs]}

    def ask(answer, inputs):
        return [run(answer.Tensor, arithmetic("mixed"), case) for case in inputs["cases"]]

    def truth(inputs):
        return [by_differences(case, arithmetic("mixed")) for case in inputs["cases"]]


@probe(task=1, points=1, seeds=3, tolerance=T64, kind="gradient")
class UsedSeveralTimes:
    "the same tensor in several places, and the gradients of what lies between"

    def make(rng):
        return {"a": numbers(rng, 2, 3), "b": numbers(rng, 3), "seed": rng.standard_normal((2, 3))}

    def ask(answer, inputs):
        a, b = answer.Tensor(inputs["a"]), answer.Tensor(inputs["b"])
        first = a + b
        second = first + first
        third = second + a
        out = third + second
        out.backward(inputs["seed"])
        return [node.grad for node in (a, b, first, second, third, out)]

    def truth(inputs):
        g = inputs["seed"]
        return [5 * g, 4 * g.sum(axis=0), 4 * g, 2 * g, g, g]


@probe(task=1, points=1, seeds=2, tolerance=T64, kind="edge")
class OddArrays:
    "arrays in Fortran order, strided and stretched views, exact zeros and empty arrays"

    def make(rng):
        base, row = numbers(rng, 4, 6), numbers(rng, 3)
        base[0, 1] = row[1] = 0.0
        return {"base": base, "row": row, "seed": rng.standard_normal((2, 3))}

    def ask(answer, inputs):
        base, row = inputs["base"], inputs["row"]
        views = [
            np.asfortranarray(base[:2, :3]),
            base[::2, ::2],
            np.broadcast_to(row, (2, 3)),
            base.T[:2, :3],
        ]
        results = [
            run(answer.Tensor, lambda a, b: a * b, {"arrays": [view, row], "seed": inputs["seed"]})
            for view in views
        ]
        empty = {"arrays": [np.zeros((0, 3)), row], "seed": np.zeros((0, 3))}
        return [*results, run(answer.Tensor, lambda a, b: a * b, empty)]


@probe(task=2, points=1, visible=True, seeds=2, tolerance=T64, kind="gradient")
class SumOfATable:
    "sum over all, over rows and over columns"

    def make(rng):
        cases = [
            {"word": "sum", "axis": axis, "keepdims": keepdims, "arrays": [numbers(rng, 2, 3)]}
            for axis, keepdims in ((None, False), (0, False), (1, True))
        ]
        return {"cases": [with_seed(rng, case, total(case)) for case in cases]}

    def ask(answer, inputs):
        return [run(answer.Tensor, total(case), case) for case in inputs["cases"]]

    def truth(inputs):
        return [by_complex_step(case, total(case)) for case in inputs["cases"]]


@probe(task=2, points=1, seeds=2, tolerance=T64, kind="gradient")
class SumsOfEverySort:
    "sum with every kind of axis, with and without keepdims"

    def make(rng):
        return totals(rng, "sum")

    def ask(answer, inputs):
        return [run(answer.Tensor, total(case), case) for case in inputs["cases"]]

    def truth(inputs):
        return [by_complex_step(case, total(case)) for case in inputs["cases"]]


@probe(task=2, points=1, seeds=2, tolerance=T64, kind="gradient")
class MeansOfEverySort:
    "mean with every kind of axis, with and without keepdims"

    def make(rng):
        return totals(rng, "mean")

    def ask(answer, inputs):
        return [run(answer.Tensor, total(case), case) for case in inputs["cases"]]

    def truth(inputs):
        return [by_complex_step(case, total(case)) for case in inputs["cases"]]


@probe(task=2, points=1, seeds=2, tolerance=Tolerance(1e-6, 1e-8), kind="gradient")
class TotalsAgainstDifferences:
    "sum and mean against finite differences, and twice from one tensor"

    def make(rng):
        return {"arrays": [numbers(rng, 2, 3, 4)], "seed": rng.standard_normal((2, 1, 1))}

    def ask(answer, inputs):
        return run(
            answer.Tensor,
            lambda a: a.sum(axis=(1, 2), keepdims=True) - a.mean(axis=(1, 2), keepdims=True),
            inputs,
        )

    def truth(inputs):
        return by_differences(
            inputs, lambda a: a.sum(axis=(1, 2), keepdims=True) - a.mean(axis=(1, 2), keepdims=True)
        )


@probe(task=3, points=1, visible=True, seeds=2, tolerance=T64, kind="gradient")
class MovesOfATable:
    "reshape and transpose of small arrays"

    def make(rng):
        flat = moves(rng, "reshape", [((2, 3), [6]), ((2, 3), [3, -1])])["cases"]
        return {"cases": flat + moves(rng, "transpose", [((2, 3), []), ((2, 3, 5), [2, 0, 1])])["cases"]}

    def ask(answer, inputs):
        return [run(answer.Tensor, moved(case), case) for case in inputs["cases"]]

    def truth(inputs):
        return [by_complex_step(case, moved(case)) for case in inputs["cases"]]


@probe(task=3, points=1, seeds=2, tolerance=T64, kind="gradient")
class Reshapes:
    "reshapes with new axes, fewer axes and -1"

    def make(rng):
        ways = [((2, 3, 5), [5, -1]), ((6,), [1, 2, 3]), ((4, 3), [-1]), ((), [1, 1]), ((1, 2, 1), [2])]
        return moves(rng, "reshape", ways)

    def ask(answer, inputs):
        return [run(answer.Tensor, moved(case), case) for case in inputs["cases"]]

    def truth(inputs):
        return [by_complex_step(case, moved(case)) for case in inputs["cases"]]


@probe(task=3, points=1, seeds=2, tolerance=T64, kind="gradient")
class Transposes:
    "transposes with all sorts of permutations"

    def make(rng):
        ways = [
            ((2, 3, 5), []),
            ((2, 3, 5), [1, 2, 0]),
            ((2, 3, 5), [0, 2, 1]),
            ((2, 3, 5, 4), [3, 0, 2, 1]),
            ((7,), []),
        ]
        return moves(rng, "transpose", ways)

    def ask(answer, inputs):
        return [run(answer.Tensor, moved(case), case) for case in inputs["cases"]]

    def truth(inputs):
        return [by_complex_step(case, moved(case)) for case in inputs["cases"]]


@probe(task=3, points=1, seeds=2, tolerance=Tolerance(1e-6, 1e-8), kind="gradient")
class MovesAgainstDifferences:
    "one array, transposed and reshaped, against finite differences, and the middle one kept"

    def make(rng):
        return {"arrays": [numbers(rng, 2, 3, 4)], "seed": rng.standard_normal((6, 4))}

    def ask(answer, inputs):
        return run(answer.Tensor, lambda a: a.transpose(2, 0, 1).reshape(6, 4), inputs)

    def truth(inputs):
        return by_differences(inputs, lambda a: a.transpose(2, 0, 1).reshape(6, 4))
