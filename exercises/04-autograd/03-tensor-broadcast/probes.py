"""Tensors: each formula runs on the learner's Tensor, and on complex arrays outside for its slopes."""

from operator import methodcaller

import numpy as np

from grader.language import Tolerance, calls, probe, travels


@travels
def formula(case):
    """What a case computes: a formula by its name, or else the method of that name."""
    formulas = {
        "+": lambda a, b: a + b,
        "-": lambda a, b: a - b,
        "*": lambda a, b: a * b,
        "/": lambda a, b: a / b,
        "x + 2": lambda a: a + 2,
        "2 + x": lambda a: 2.0 + a,
        "x - 2": lambda a: a - 2.0,
        "2 - x": lambda a: 2 - a,
        "x * 3": lambda a: a * 3.0,
        "3 * x": lambda a: 3 * a,
        "x / 4": lambda a: a / 4,
        "4 / x": lambda a: 4 / a,
        "-x": lambda a: -a,
        "x + 0": lambda a: a + 0,
        "0 + x": lambda a: 0.0 + a,
        "x - 0": lambda a: a - 0.0,
        "x * 1": lambda a: a * 1.0,
        "1 * x": lambda a: 1 * a,
        "x / 1": lambda a: a / 1.0,
        "x - x + x": lambda a: a - a + a,
        "x * x": lambda a: a * a,
        "x / x + x": lambda a: a / a + a,
        "mixed": lambda a, b: (a * b - b / a) * a + b,
        "sum - mean": lambda a: a.sum(axis=(1, 2), keepdims=True) - a.mean(axis=(1, 2), keepdims=True),
        "fold": lambda a: a.transpose(2, 0, 1).reshape(6, 4),
    }
    return formulas.get(case["word"]) or methodcaller(case["word"], *case["args"], **case["options"])


@travels
def run(answer, case):
    """Leaves, one formula, a random seed backwards: the result and what every leaf received."""
    leaves = [answer.Tensor(array) for array in case["arrays"]]
    out = formula(case)(*leaves)
    out.backward(case["seed"])
    return {"out": out.data, "grads": [leaf.grad for leaf in leaves], "of out": out.grad}


@travels
def kept_apart(answer, case):
    """Whether what belongs to one object stays its own.

    First on leaves that have a gradient already: a result that is no new Tensor would take it for its own.
    Then on fresh leaves, where the result's gradient is written over afterwards, and then that of each leaf.
    """
    leaves = [answer.Tensor(array) for array in case["arrays"]]
    for leaf, before in zip(leaves, case["before"]):
        leaf.grad = before.copy()
    formula(case)(*leaves).backward(case["seed"])
    found = [np.array(leaf.grad) for leaf in leaves]
    leaves = [answer.Tensor(array) for array in case["arrays"]]
    out = formula(case)(*leaves)
    out.backward(case["seed"])
    found.append(np.array(out.grad))
    out.grad[...] = 5.0
    for leaf in leaves:
        found.append(np.array(leaf.grad))
        if isinstance(leaf.grad, np.ndarray) and leaf.grad.flags.writeable:  # a number cannot be shared
            leaf.grad[...] = 6.0
    return found


def of_their_own(case):
    grads = by_complex_step(case)["grads"]
    return [g + before for g, before in zip(grads, case["before"], strict=True)] + [case["seed"], *grads]


def with_gradients(rng, cases):
    """The cases, and a gradient that each leaf has from elsewhere."""
    return [case | {"before": [numbers(rng, *array.shape) for array in case["arrays"]]} for case in cases]


def slopes(case, step, read):
    """Nudge one number at a time; `read` turns the two nudged results into a slope."""
    grads = []
    for place, array in enumerate(case["arrays"]):
        grad = np.zeros(array.shape)
        for index in np.ndindex(*array.shape):
            results = []
            for way in (1, -1):
                arrays = [np.array(a, dtype=type(step)) for a in case["arrays"]]
                arrays[place][index] += way * step
                results.append(np.sum(formula(case)(*arrays) * case["seed"]))
            grad[index] = read(*results)
        grads.append(grad)
    return {"out": np.asarray(formula(case)(*case["arrays"])), "grads": grads, "of out": case["seed"]}


def by_complex_step(case):
    return slopes(case, 1e-30j, lambda up, down: up.imag / 1e-30)


def by_differences(case):
    return slopes(case, 1e-5, lambda up, down: (up - down) / 2e-5)


def numbers(rng, *shape):
    return np.asarray(rng.uniform(0.5, 2.0, shape) * rng.choice([-1.0, 1.0], shape))


def seeded(rng, word, arrays, *args, **options):
    """A case with a random seed in the shape of its result."""
    case = {"word": word, "args": args, "options": options, "arrays": arrays}
    return case | {"seed": np.asarray(rng.standard_normal(np.shape(formula(case)(*arrays))))}


def operation(rng, word, *shapes):
    return seeded(rng, word, [numbers(rng, *shape) for shape in shapes])


def moves(rng, word, ways):
    return [seeded(rng, word, [numbers(rng, *shape)], *to) for shape, to in ways]


def some_shapes(rng):
    """Two shapes that broadcast: common sizes, some squeezed to 1, leading axes dropped."""
    full = [int(size) for size in rng.choice([1, 2, 3, 5], rng.integers(1, 4))]
    pair = []
    for _ in range(2):
        shape = [1 if rng.random() < 0.35 else size for size in full]
        pair.append(shape[int(rng.integers(len(full) + 1)) if rng.random() < 0.5 else 0 :])
    return pair


def totals(rng, word):
    """Every kind of axis, with and without keepdims."""
    ways = [((2, 3), {}), ((2, 3), {"axis": 0}), ((2, 3), {"axis": 1})]
    pairs = [(0, 2), (-1, 0), (-2, -1), (-1, -2), (2, 0), (1, -1)]
    ways += [((2, 3, 5), {"axis": axis}) for axis in (-1, 1, *pairs, (-3, -1), (0, 1, 2), (-1, -2, -3))]
    ways += [((2, 3, 1, 4), {"axis": axis}) for axis in ((-3, -1), (-2, 0), 2)]
    made = []
    for shape, axis in [*ways, ((1, 4), {"axis": 0}), ((7,), {"axis": 0}), ((), {})]:
        for options in (axis, axis | {"keepdims": True}):
            array = numbers(rng, *shape)
            if array.ndim == 3:
                array[..., -1] = 0.0  # exact zeros are numbers like any other
            made += [seeded(rng, word, [array], **options)]
    return made


@calls({1: run}, truth=by_complex_step, visible=True, seeds=2, kind="gradient")
def FourOperations(rng):
    "plus, minus, times and divide of a row and a column"
    return [operation(rng, word, (1, 3), (2, 1)) for word in "+-*/"]


@calls({1: run}, truth=by_complex_step, visible=True, seeds=2, kind="gradient")
def WithPlainNumbers(rng):
    "plain numbers on either side, and the sign"
    words = ["x + 2", "2 + x", "x - 2", "2 - x", "x * 3", "3 * x", "x / 4", "4 / x", "-x"]
    return [operation(rng, word, (2, 3)) for word in words]


@calls({1: run}, truth=by_complex_step, seeds=2, kind="gradient")
def PlainNumbersAndAnyShape(rng):
    "tensors of all shapes with plain numbers on either side, and with themselves"
    words = ["x + 2", "2 + x", "x - 2", "2 - x", "x * 3", "3 * x", "x / 4", "4 / x", "-x"]
    words += ["x - x + x", "x * x", "x / x + x"]
    return [operation(rng, word, shape) for word in words for shape in ((), (4,), (2, 1, 3))]


@calls({1: run}, truth=by_complex_step, points=3, seeds=4, kind="gradient")
def FortyPairsOfShapes(rng):
    "forty random pairs of shapes that broadcast, each with every operation in turn"
    return [operation(rng, "+-*/"[n % 4], *some_shapes(rng)) for n in range(40)]


@calls({1: run}, truth=by_differences, seeds=2, tolerance=Tolerance(1e-6, 1e-8), kind="gradient")
def ShapesAgainstDifferences(rng):
    "a longer formula on broadcast shapes, against finite differences"
    pairs = [((3,), (2, 1)), ((2, 1, 3), (5, 1)), ((), (4,))]
    return [operation(rng, "mixed", *pair) for pair in pairs]


@probe(task=1, kind="gradient")
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


@probe(task=1, seeds=2, kind="edge")
class OddArrays:
    "arrays in Fortran order, strided and stretched views, exact zeros and empty arrays"

    def make(rng):
        base, row = numbers(rng, 4, 6), numbers(rng, 3)
        base[0, 1] = row[1] = 0.0
        return {"base": base, "row": row, "seed": rng.standard_normal((2, 3))}

    def ask(answer, inputs):
        base, row, seed = inputs["base"], inputs["row"], inputs["seed"]
        views = [
            np.asfortranarray(base[:2, :3]),
            base[::2, ::2],
            np.broadcast_to(row, (2, 3)),
            base.T[:2, :3],
        ]
        cases = [{"arrays": [view, row], "seed": seed} for view in views]
        found = [run(answer, {"word": "*", **case}) for case in cases]
        for word in "+-*/":
            for left, right in (
                ((0, 3), (3,)),
                ((0, 3), (1, 3)),
                ((2, 1), (2, 0)),
                ((), (4, 0)),
                ((1, 1, 2), (3, 0, 2)),
            ):
                arrays = [np.ones(left), np.ones(right)]
                seed = np.zeros(np.broadcast_shapes(left, right))
                found.append(run(answer, {"word": word, "arrays": arrays, "seed": seed}))
        return found


@calls({1: kept_apart}, truth=of_their_own, seeds=2, kind="gradient")
def ArithmeticKeptApart(rng):
    "a new Tensor each time, also for x + 0 and x * 1, and a gradient array for each object"
    alone = ["x + 0", "0 + x", "x - 0", "x * 1", "1 * x", "x / 1", "x + 2", "2 - x", "-x"]
    made = [operation(rng, word, shape) for word in alone for shape in ((2, 3), ())]
    pairs = (((2, 3), (2, 3)), ((), ()), ((3,), (1, 3)))
    return with_gradients(rng, made + [operation(rng, word, *pair) for word in "+-*/" for pair in pairs])


@calls({2: kept_apart}, truth=of_their_own, seeds=2, kind="gradient")
def TotalsKeptApart(rng):
    "sum and mean, also of a single number: a new Tensor, and a gradient array for each object"
    made = []
    for word in ("sum", "mean"):
        made += [seeded(rng, word, [numbers(rng, *shape)]) for shape in ((), (1,), (1, 1), (2, 3))]
        made += [seeded(rng, word, [numbers(rng, 1, 3)], axis=0, keepdims=keep) for keep in (True, False)]
    return with_gradients(rng, made)


@calls({3: kept_apart}, truth=of_their_own, seeds=2, kind="gradient")
def MovesKeptApart(rng):
    "moves that change nothing, too: a new Tensor, and a gradient array for each object"
    made = moves(rng, "reshape", [((2, 3), [2, 3]), ((4,), [-1]), ((4,), [4]), ((2, 3), [6]), ((), [1])])
    same = [((4,), []), ((4,), [0]), ((4,), [-1]), ((), []), ((2, 3), [0, 1]), ((1, 3), [-2, -1])]
    return with_gradients(rng, made + moves(rng, "transpose", [*same, ((2, 3), []), ((2, 3, 4), [1, 2, 0])]))


@calls({2: run}, truth=by_complex_step, visible=True, seeds=2, kind="gradient")
def SumOfATable(rng):
    "sum over all, over rows and over columns"
    ways = [(numbers(rng, 2, 3), options) for options in ({}, {"axis": 0}, {"axis": 1, "keepdims": True})]
    return [seeded(rng, "sum", [array], **options) for array, options in ways]


@calls({2: run}, truth=by_complex_step, seeds=2, kind="gradient")
def SumsOfEverySort(rng):
    "sum with every kind of axis, with and without keepdims"
    return totals(rng, "sum")


@calls({2: run}, truth=by_complex_step, seeds=2, kind="gradient")
def MeansOfEverySort(rng):
    "mean with every kind of axis, with and without keepdims"
    return totals(rng, "mean")


@calls({2: run}, truth=by_differences, seeds=2, tolerance=Tolerance(1e-6, 1e-8), kind="gradient")
def TotalsAgainstDifferences(rng):
    "sum and mean against finite differences, and twice from one tensor"
    return operation(rng, "sum - mean", (2, 3, 4))


@calls({3: run}, truth=by_complex_step, visible=True, seeds=2, kind="gradient")
def MovesOfATable(rng):
    "reshape and transpose of small arrays"
    flat = moves(rng, "reshape", [((2, 3), [6]), ((2, 3), [3, -1])])
    return flat + moves(rng, "transpose", [((2, 3), []), ((2, 3, 5), [2, 0, 1])])


@calls({3: run}, truth=by_complex_step, seeds=2, kind="gradient")
def Reshapes(rng):
    "reshapes with new axes, fewer axes and -1"
    ways = [((2, 3, 5), [5, -1]), ((6,), [1, 2, 3]), ((4, 3), [-1]), ((), [1, 1]), ((1, 2, 1), [2])]
    return moves(rng, "reshape", ways)


@calls({3: run}, truth=by_complex_step, seeds=2, kind="gradient")
def Transposes(rng):
    "transposes with all sorts of permutations"
    ways = [((2, 3, 5), order) for order in ([], [1, 2, 0], [0, 2, 1])]
    from_the_end = [((2, 3, 5), [-1, 0, 1]), ((3, 2, 4), [1, -3, -1])]
    return moves(rng, "transpose", [*ways, *from_the_end, ((2, 3, 5, 4), [3, 0, 2, 1]), ((7,), [])])


@calls({3: run}, truth=by_differences, seeds=2, tolerance=Tolerance(1e-6, 1e-8), kind="gradient")
def MovesAgainstDifferences(rng):
    "one array, transposed and reshaped, against finite differences, and the middle one kept"
    return operation(rng, "fold", (2, 3, 4))
