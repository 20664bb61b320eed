"""Products, indices and choices: each formula runs on learners' Tensors and, outside, on complex arrays."""

import numpy as np

from grader.language import Tolerance, calls, probe, travels


@travels
def index_of(plan):
    """An index as data: numbers and arrays as they are, "..." and [start, stop, step] for a slice."""
    parts = tuple(... if isinstance(p, str) else slice(*p) if isinstance(p, list) else p for p in plan)
    return parts if len(parts) != 1 else parts[0]


@travels
def formula(c, cat=None, where=None):
    return {
        "matmul": lambda a, b: a @ b,
        "index": lambda a: a[index_of(c["plan"])],
        "max": lambda a: a.max(**c["options"]),
        "cat": lambda *arrays: cat(list(arrays), **c["options"]),
        "where": lambda a, b: where(c["condition"], a, b),
        "glued": lambda a, b: cat([a * b, a + b], axis=1) * a.max(axis=1, keepdims=True),
        "choice": lambda a, b, v: where(c["condition"], a * b + b, v * v) + v,
    }[c["word"]]


@travels
def run(Tensor, *more):
    *cat_and_where, case = more
    leaves = [Tensor(array) for array in case["arrays"]]
    out = formula(case, *cat_and_where)(*leaves)
    out.backward(case["seed"])
    return {"out": out.data, "grads": [leaf.grad for leaf in leaves], "of out": out.grad}


@travels
def kept_apart(Tensor, *more):
    """Whether what belongs to one object stays its own.

    First on leaves that have a gradient already: a result that is no new Tensor would take it for its own.
    Then on fresh leaves, where the result's gradient is written over afterwards, and then that of each leaf.
    """
    *cat_and_where, case = more
    leaves = [Tensor(array) for array in case["arrays"]]
    for leaf, before in zip(leaves, case["before"]):
        leaf.grad = before.copy()
    formula(case, *cat_and_where)(*leaves).backward(case["seed"])
    found = [np.array(leaf.grad) for leaf in leaves]
    leaves = [Tensor(array) for array in case["arrays"]]
    out = formula(case, *cat_and_where)(*leaves)
    out.backward(case["seed"])
    found.append(np.array(out.grad))
    out.grad[...] = 5.0
    for leaf in leaves:
        found.append(np.array(leaf.grad))
        if isinstance(leaf.grad, np.ndarray) and leaf.grad.flags.writeable:  # a number cannot be shared
            leaf.grad[...] = 6.0
    return found


def of_their_own(case):
    grads = (shared_out if case["word"] == "max" else by_complex_step)(case)["grads"]
    return [g + before for g, before in zip(grads, case["before"], strict=True)] + [case["seed"], *grads]


def with_gradients(rng, cases):
    """The cases, and a gradient that each leaf has from elsewhere."""
    return [case | {"before": [numbers(rng, *array.shape) for array in case["arrays"]]} for case in cases]


def slopes(case, step, read):
    built = formula(case, np.concatenate, np.where)
    grads = []
    for place, array in enumerate(case["arrays"]):
        grad = np.zeros(array.shape)
        for index in np.ndindex(*array.shape):
            results = []
            for way in (1, -1):
                arrays = [np.array(a, dtype=type(step)) for a in case["arrays"]]
                arrays[place][index] += way * step
                results.append(np.sum(built(*arrays) * case["seed"]))
            grad[index] = read(*results)
        grads.append(grad)
    return {"out": np.asarray(built(*case["arrays"])), "grads": grads, "of out": case["seed"]}


def by_complex_step(case):
    return slopes(case, 1e-30j, lambda up, down: up.imag / 1e-30)


def by_differences(case):
    return slopes(case, 1e-5, lambda up, down: (up - down) / 2e-5)


def shared_out(case):
    """max by hand, in a loop over the axis: the maximum's gradient in equal parts."""
    array, axis = case["arrays"][0], case["options"].get("axis")
    flat = array.reshape(1, -1) if axis is None else np.moveaxis(array, axis, -1)
    lines = flat.reshape(-1, flat.shape[-1])
    grad, out = np.zeros(lines.shape), np.zeros(len(lines))
    for n, (line, g) in enumerate(zip(lines, case["seed"].reshape(-1), strict=True)):
        out[n] = max(line)
        best = [place for place, x in enumerate(line) if x == out[n]]
        grad[n, best] = g / len(best)
    grad = grad.reshape(array.shape) if axis is None else np.moveaxis(grad.reshape(flat.shape), -1, axis)
    return {"out": out.reshape(case["seed"].shape), "grads": [grad], "of out": case["seed"]}


def numbers(rng, *shape):
    return np.asarray(rng.uniform(0.5, 2.0, shape) * rng.choice([-1.0, 1.0], shape))


def rows(rng, high, *shape):
    """Row numbers in which some row comes up twice."""
    made = rng.integers(0, high, shape)
    made.flat[-1] = made.flat[0]
    return made


def with_seeds(rng, cases):
    """The cases, each with a random seed in the shape of its result."""

    def shape(case):
        return np.shape(formula(case, np.concatenate, np.where)(*case["arrays"]))

    return [case | {"seed": np.asarray(rng.standard_normal(shape(case)))} for case in cases]


def products(rng, *pairs):
    cases = [{"word": "matmul", "arrays": [numbers(rng, *shape) for shape in pair]} for pair in pairs]
    return with_seeds(rng, cases)


def lookups(rng, *plans):
    cases = [{"word": "index", "plan": plan, "arrays": [numbers(rng, *shape)]} for shape, *plan in plans]
    return with_seeds(rng, cases)


def maxima(rng, *ways, ties=False):
    def array(*shape):
        return rng.integers(0, 3, shape).astype(float) if ties else numbers(rng, *shape)

    cases = ({"word": "max", "options": options, "arrays": [array(*shape)]} for shape, options in ways)
    return with_seeds(rng, cases)


def gluings(rng, *ways):
    cases = [
        {"word": "cat", "options": options, "arrays": [numbers(rng, *shape) for shape in shapes]}
        for options, *shapes in ways
    ]
    return with_seeds(rng, cases)


def choices(rng, *ways):
    cases = [
        {"word": "where", "condition": rng.random(c) < 0.5, "arrays": [numbers(rng, *a), numbers(rng, *b)]}
        for c, a, b in ways
    ]
    return with_seeds(rng, cases)


PRODUCTS = {1: (run, "Tensor")}
INDICES = {2: (run, "Tensor")}
CHOICES = {3: (run, "Tensor", "cat", "where")}


@calls({1: (kept_apart, "Tensor")}, truth=of_their_own, seeds=2, kind="gradient")
def ProductsKeptApart(rng):
    "products: a gradient array for each object, and the gradient that was there before is kept"
    made = products(
        rng, ((2, 3), (3, 4)), ((3,), (3,)), ((2, 3), (3,)), ((2, 1, 3), (3, 2)), ((1, 1), (1, 1))
    )
    return with_gradients(rng, made)


@calls({2: (kept_apart, "Tensor")}, truth=of_their_own, seeds=2, kind="gradient")
def LookupsKeptApart(rng):
    "indexing, also of everything: a new Tensor, and a gradient array for each object"
    whole = [((3, 2), [None]), ((3, 2), "..."), ((4,), [None, None, 1]), ((1, 3), 0), ((3,), "...", [0, 3])]
    return with_gradients(rng, lookups(rng, *whole, ((3, 2), 1), ((4, 2), rows(rng, 4, 3)), ((3,), -1)))


@calls({3: (kept_apart, "Tensor", "cat", "where")}, truth=of_their_own, seeds=2, kind="gradient")
def ChoicesKeptApart(rng):
    "max, cat and where, also where there is nothing to choose: a new Tensor, and arrays of their own"
    made = maxima(rng, ((1,), {}), ((), {}), ((1, 3), {"axis": 0}), ((2, 3), {"axis": 1, "keepdims": True}))
    made += gluings(
        rng, ({}, (2, 3)), ({"axis": 1}, (2, 3)), ({}, (2,), (3,)), ({"axis": -1}, (2, 1), (2, 2))
    )
    for always in (True, False):
        picked = choices(rng, ((2, 3), (2, 3), (2, 3)), ((3,), (3,), ()), ((), (2,), (2,)))
        made += [case | {"condition": np.full(case["condition"].shape, always)} for case in picked]
    return with_gradients(rng, made)


@calls(PRODUCTS, truth=by_complex_step, visible=True, seeds=2, kind="gradient")
def TwoMatrices(rng):
    "a matrix times a matrix"
    return products(rng, ((2, 3), (3, 4)))


@calls(PRODUCTS, truth=by_complex_step, visible=True, seeds=2, kind="gradient")
def OneMatrixForABatch(rng):
    "a batch of matrices times one matrix"
    return products(rng, ((2, 3, 4), (4, 2)), ((3, 2), (5, 2, 4)))


@calls(PRODUCTS, truth=by_complex_step, points=2, seeds=2, kind="gradient")
def Batches(rng):
    "batches against batches, with stretched axes"
    first = [((7, 2, 3), (7, 3, 5)), ((3, 1, 2, 4), (2, 4, 5)), ((1, 2, 3), (4, 3, 2))]
    return products(rng, *first, ((2, 3, 3), (3, 3)), ((2, 1, 4), (1, 4, 1)))


@calls(PRODUCTS, truth=by_complex_step, points=2, seeds=2, kind="gradient")
def Vectors(rng):
    "vectors on either side"
    first = [((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 5)), ((7, 2, 3), (3,))]
    return products(rng, *first, ((3,), (7, 3, 5)), ((1,), (1, 1)))


@calls(PRODUCTS, truth=by_differences, seeds=2, tolerance=Tolerance(1e-6, 1e-8), kind="gradient")
def ProductsAgainstDifferences(rng):
    "products against finite differences"
    return products(rng, ((4, 2, 3), (3, 5)), ((3,), (2, 3, 4)))


@probe(task=1, seeds=2, kind="gradient")
class SquaredMatrix:
    "a matrix times itself, and a product used twice"

    def make(rng):
        return {"a": numbers(rng, 3, 3), "seed": rng.standard_normal((3, 3))}

    def ask(answer, inputs):
        a = answer.Tensor(inputs["a"])
        square = a @ a
        out = square + square @ a
        out.backward(inputs["seed"])
        return [out.data, a.grad, square.grad]

    def truth(inputs):
        a, g = inputs["a"], inputs["seed"]
        first = g + g @ a.T
        return [a @ a + a @ a @ a, first @ a.T + a.T @ first + (a @ a).T @ g, first]


@calls(INDICES, truth=by_complex_step, visible=True, seeds=2, kind="gradient")
def RowsAndColumns(rng):
    "an integer, a slice and a column"
    return lookups(rng, ((3, 4), 1), ((3, 4), [0, 2]), ((3, 4), [None], 2))


@calls(INDICES, truth=by_complex_step, visible=True, seeds=2, kind="gradient")
def RowsLookedUpTwice(rng):
    "rows of a table, some of them twice"
    return lookups(rng, ((3, 2), rows(rng, 3, 5)))


@calls(INDICES, truth=by_complex_step, points=2, seeds=2, kind="gradient")
def IndicesOfEverySort(rng):
    "steps, negative numbers, ellipsis, pairs and tables of indices"
    steps = [((7, 3), [None, None, 2]), ((5, 3), [None, None, -1], -1)]
    dots = [((2, 3, 4), "...", 1), ((2, 3, 4), -1, "...")]
    tables = [((4, 5), rows(rng, 4, 6), rows(rng, 5, 6)), ((6, 2), rows(rng, 6, 2, 4))]
    tables += [
        ((4, 3), np.array([1, -1, 3, 0])),
        ((4, 3), np.array([1, -3, -1, 1])),
        ((3, 2), np.array([], dtype=np.int64)),
        ((3, 2), [2, 2]),
    ]
    return lookups(rng, *steps, *dots, *tables, ((3, 4, 2), [1, None], rows(rng, 4, 3)), ((5,), -2))


@calls(INDICES, truth=by_differences, seeds=2, tolerance=Tolerance(1e-6, 1e-8), kind="gradient")
def LookupsAgainstDifferences(rng):
    "lookups against finite differences"
    return lookups(rng, ((4, 3), rows(rng, 4, 7)), ((4, 3), [1, 3], [None, None, 2]))


@probe(task=2, seeds=2, kind="gradient")
class LookedUpInTwoPlaces:
    "two lookups in the same table add up"

    def make(rng):
        return {"a": numbers(rng, 4, 2), "rows": rows(rng, 4, 3), "seed": rng.standard_normal((3, 2))}

    def ask(answer, inputs):
        a = answer.Tensor(inputs["a"])
        out = a[inputs["rows"]] * a[1:4]
        out.backward(inputs["seed"])
        return [out.data, a.grad]

    def truth(inputs):
        a, rows, g = inputs["a"], inputs["rows"], inputs["seed"]
        grad = np.zeros(a.shape)
        for n, row in enumerate(rows):
            grad[row] += g[n] * a[1 + n]
            grad[1 + n] += g[n] * a[row]
        return [a[rows] * a[1:4], grad]


@calls(CHOICES, truth=shared_out, visible=True, seeds=2, kind="gradient")
def MaxOfATable(rng):
    "the maximum of all, of rows and of columns"
    return maxima(rng, ((2, 3), {}), ((2, 3), {"axis": 0}), ((2, 3), {"axis": 1, "keepdims": True}))


@calls(CHOICES, truth=shared_out, points=2, seeds=2, kind="edge")
def MaxWithTies(rng):
    "maxima that several numbers share"
    flat = [((2, 5), {"axis": 1}), ((5, 3), {"axis": 0, "keepdims": True}), ((4, 3), {})]
    deep = [((2, 6, 3), {"axis": 1}), ((2, 4, 3), {"axis": -1, "keepdims": True})]
    return maxima(rng, *flat, *deep, ((3, 2), {"keepdims": True}), ties=True)


@calls(CHOICES, truth=shared_out, seeds=2, kind="edge")
def MaximaBelowZero(rng):
    "maxima of negative numbers only, and along axes that count from the end"
    ways = [((2, 3), {}), ((4,), {"axis": 0}), ((2, 3), {"axis": -2}), ((3, 2), {"axis": -1})]
    made = maxima(rng, *ways, ((2, 3, 4), {"axis": -2}), ((2, 3, 4), {"axis": -3, "keepdims": True}))
    return [case | {"arrays": [-abs(case["arrays"][0])]} for case in made]


@calls(CHOICES, truth=shared_out, seeds=2, kind="edge")
def NearlyTied(rng):
    "maxima with a rival a billionth below: close, but no tie"
    made = maxima(rng, ((4, 3), {"axis": 0}), ((2, 5), {"axis": 1, "keepdims": True}))
    for case in made:
        array, axis = case["arrays"][0], case["options"]["axis"]
        rival = np.argmin(array, axis=axis, keepdims=True)
        np.put_along_axis(array, rival, array.max(axis=axis, keepdims=True) - 1e-9, axis=axis)
    return made


@calls(CHOICES, truth=by_complex_step, visible=True, seeds=2, kind="gradient")
def GluedTogether(rng):
    "cat of pieces of different sizes"
    return gluings(rng, ({}, (1, 3), (2, 3)), ({"axis": 1}, (2, 3), (2, 1)))


@calls(CHOICES, truth=by_complex_step, points=2, seeds=2, kind="gradient")
def GluedOfEverySort(rng):
    "cat along every axis, one piece, many pieces, negative axes"
    rows = [({}, (2,), (3,), (1,)), ({}, (4, 2), (1, 2), (3, 2), (2, 2), (5, 2))]
    deep = [({"axis": -1}, (2, 1, 3), (2, 1, 2)), ({"axis": 1}, (2, 3, 4), (2, 1, 4), (2, 2, 4))]
    return gluings(rng, *rows, *deep, ({}, (3, 2)), ({"axis": -2}, (1, 4), (5, 4)))


@calls(CHOICES, truth=by_complex_step, visible=True, seeds=2, kind="gradient")
def ChosenByACondition(rng):
    "where, with a condition and a stretched choice"
    return choices(rng, ((2, 3), (2, 3), (2, 3)), ((2, 3), (3,), (2, 1)))


@calls(CHOICES, truth=by_complex_step, points=2, seeds=2, kind="gradient")
def ChosenOfEverySort(rng):
    "where, with everything stretched in turn"
    first = [((3,), (2, 3), ()), ((2, 1), (3,), (2, 3)), ((4, 2, 3), (2, 1), (4, 1, 1))]
    return choices(rng, *first, ((), (2,), (2,)), ((5,), (), ()))


@calls(CHOICES, seeds=2, kind="edge")
def InfinitiesLeftBehind(rng):
    "where, with infinities in the places that are not chosen"
    made = choices(rng, ((2, 3), (2, 3), (2, 3)), ((3,), (2, 3), (3,)))
    for case in made:
        a, b = case["arrays"]
        condition = np.broadcast_to(case["condition"], a.shape)
        a[~condition] = -np.inf
        b[case["condition"] if b.ndim == 1 else condition] = np.inf
    return [*made]


@calls(CHOICES, truth=by_differences, seeds=2, tolerance=Tolerance(1e-6, 1e-8), kind="gradient")
def AllTogetherAgainstDifferences(rng):
    "gluing, choosing and maxima between plus and times, against finite differences"
    first = {"word": "glued", "arrays": [numbers(rng, 4, 3), numbers(rng, 1, 3)]}
    second = {"word": "choice", "condition": rng.random((5, 2)) < 0.5}
    second["arrays"] = [numbers(rng, 5, 2), numbers(rng, 2), numbers(rng, 5, 1)]
    return with_seeds(rng, [first, second])


@probe(task=3, seeds=2, kind="gradient")
class ChosenTwice:
    "the same tensor in both places of where, and several times in cat, and its maximum besides"

    def make(rng):
        return {"a": numbers(rng, 3), "condition": rng.random(3) < 0.5, "seed": rng.standard_normal(12)}

    def ask(answer, inputs):
        a = answer.Tensor(inputs["a"])
        chosen = answer.where(inputs["condition"], a, a * a)
        either = answer.where(inputs["condition"], a, a)
        out = answer.cat([chosen, either, a, a]) * a.max()
        out.backward(inputs["seed"])
        return [out.data, a.grad]

    def truth(inputs):
        a, c, g = inputs["a"], inputs["condition"], inputs["seed"]
        joined = np.concatenate([np.where(c, a, a * a), a, a, a])
        grad = (g[:3] * np.where(c, 1, 2 * a) + g[3:6] + g[6:9] + g[9:]) * a.max()
        grad[np.argmax(a)] += (joined * g).sum()
        return [joined * a.max(), grad]
