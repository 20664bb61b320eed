"""Products, indices and choices: each formula runs on learners' Tensors and, outside, on complex arrays."""

import numpy as np

from grader.language import T64, Tolerance, probe, travels


@travels
def index_of(plan):
    """An index as data: numbers and arrays as they are, "..." and [start, stop, step] for a slice."""
    parts = tuple(... if isinstance(p, str) else slice(*p) if isinstance(p, list) else p for p in plan)
    return parts if len(parts) != 1 else parts[0]


@travels
def formula(case, cat, where):
    word = case["word"]
    if word == "matmul":
        return lambda a, b: a @ b
    if word == "index":
        return lambda a: a[index_of(case["plan"])]
    if word == "max":
        options = {"keepdims": True} if case["keepdims"] else {}
        return lambda a: a.max(axis=case["axis"], **options) if case["axis"] is not None else a.max(**options)
    if word == "cat":
        options = {"axis": case["axis"]} if case["axis"] else {}
        return lambda *arrays: cat(list(arrays), **options)
    if word == "where":
        return lambda a, b: where(case["condition"], a, b)
    if word == "lookup":  # rows of a table, a product, glued to the rows themselves
        return lambda table, W: cat([table[case["rows"]] @ W, table[case["rows"]]], axis=1)
    return lambda table, W, v: where(case["condition"], (table @ W)[case["rows"]], v @ W + v @ W)


@travels
def run(Tensor, case, built):
    leaves = [Tensor(array) for array in case["arrays"]]
    out = built(*leaves)
    out.backward(case["seed"])
    return {"out": out.data, "grads": [leaf.grad for leaf in leaves]}


def outside(case):
    return formula(case, np.concatenate, np.where)


def numbers(rng, *shape):
    return np.asarray(rng.uniform(0.5, 2.0, shape) * rng.choice([-1.0, 1.0], shape))


def with_seed(rng, case):
    return case | {"seed": np.asarray(rng.standard_normal(np.shape(outside(case)(*case["arrays"]))))}


def slopes(case, step, read):
    grads = []
    for place, array in enumerate(case["arrays"]):
        grad = np.zeros(array.shape)
        for index in np.ndindex(*array.shape):
            results = []
            for way in (1, -1):
                arrays = [np.array(a, dtype=type(step)) for a in case["arrays"]]
                arrays[place][index] += way * step
                results.append(np.sum(outside(case)(*arrays) * case["seed"]))
            grad[index] = read(*results)
        grads.append(grad)
    return {"out": np.asarray(outside(case)(*case["arrays"])), "grads": grads}


def by_complex_step(case):
    return slopes(case, 1e-30j, lambda up, down: up.imag / 1e-30)


def by_differences(case):
    return slopes(case, 1e-5, lambda up, down: (up - down) / 2e-5)


def products(rng, pairs):
    cases = [{"word": "matmul", "arrays": [numbers(rng, *a), numbers(rng, *b)]} for a, b in pairs]
    return {"cases": [with_seed(rng, case) for case in cases]}


def lookups(rng, plans):
    cases = [{"word": "index", "plan": plan, "arrays": [numbers(rng, *shape)]} for shape, plan in plans]
    return {"cases": [with_seed(rng, case) for case in cases]}


def rows(rng, high, *shape):
    """Row numbers in which some row comes up twice."""
    made = rng.integers(0, high, shape)
    made.flat[-1] = made.flat[0]
    return made


def maxima(rng, ways, ties=False):
    cases = []
    for shape, axis, keepdims in ways:
        array = rng.integers(0, 3, shape).astype(float) if ties else numbers(rng, *shape)
        case = {"word": "max", "axis": axis, "keepdims": keepdims, "arrays": [array]}
        cases.append(
            case
            | {"seed": np.asarray(rng.standard_normal(np.max(array, axis=axis, keepdims=keepdims).shape))}
        )
    return {"cases": cases}


def shared_out(case):
    """max by hand, in a loop over the axis: the maximum's gradient in equal parts."""
    array, axis = case["arrays"][0], case["axis"]
    flat = array.reshape(1, -1) if axis is None else np.moveaxis(array, axis, -1)
    lines = flat.reshape(-1, flat.shape[-1])
    grad, out = np.zeros(lines.shape), np.zeros(len(lines))
    for n, (line, g) in enumerate(zip(lines, case["seed"].reshape(-1), strict=True)):
        out[n] = max(line)
        best = [place for place, x in enumerate(line) if x == out[n]]
        grad[n, best] = g / len(best)
    grad = grad.reshape(array.shape) if axis is None else np.moveaxis(grad.reshape(flat.shape), -1, axis)
    return {"out": out.reshape(case["seed"].shape), "grads": [grad]}


def gluings(rng, ways):
    cases = [
        {"word": "cat", "axis": axis, "arrays": [numbers(rng, *shape) for shape in shapes]}
        for axis, shapes in ways
    ]
    return {"cases": [with_seed(rng, case) for case in cases]}


def choices(rng, ways):
    cases = [
        {"word": "where", "condition": rng.random(c) < 0.5, "arrays": [numbers(rng, *a), numbers(rng, *b)]}
        for c, a, b in ways
    ]
    return {"cases": [with_seed(rng, case) for case in cases]}


@probe(task=1, points=1, visible=True, seeds=2, tolerance=T64, kind="gradient")
class TwoMatrices:
    "a matrix times a matrix"

    def make(rng):
        return products(rng, [((2, 3), (3, 4))])

    def ask(answer, inputs):
        return [run(answer.Tensor, case, formula(case, None, None)) for case in inputs["cases"]]

    def truth(inputs):
        return [by_complex_step(case) for case in inputs["cases"]]


@probe(task=1, points=1, visible=True, seeds=2, tolerance=T64, kind="gradient")
class OneMatrixForABatch:
    "a batch of matrices times one matrix"

    def make(rng):
        return products(rng, [((2, 3, 4), (4, 2)), ((3, 2), (5, 2, 4))])

    def ask(answer, inputs):
        return [run(answer.Tensor, case, formula(case, None, None)) for case in inputs["cases"]]

    def truth(inputs):
        return [by_complex_step(case) for case in inputs["cases"]]


@probe(task=1, points=2, seeds=2, tolerance=T64, kind="gradient")
class Batches:
    "batches against batches, with stretched axes"

    def make(rng):
        return products(
            rng,
            [
                ((7, 2, 3), (7, 3, 5)),
                ((3, 1, 2, 4), (2, 4, 5)),
                ((1, 2, 3), (4, 3, 2)),
                ((2, 3, 3), (3, 3)),
                ((2, 1, 4), (1, 4, 1)),
            ],
        )

    def ask(answer, inputs):
        return [run(answer.Tensor, case, formula(case, None, None)) for case in inputs["cases"]]

    def truth(inputs):
        return [by_complex_step(case) for case in inputs["cases"]]


@probe(task=1, points=2, seeds=2, tolerance=T64, kind="gradient")
class Vectors:
    "vectors on either side"

    def make(rng):
        return products(
            rng,
            [
                ((3,), (3,)),
                ((2, 3), (3,)),
                ((3,), (3, 5)),
                ((7, 2, 3), (3,)),
                ((3,), (7, 3, 5)),
                ((1,), (1, 1)),
            ],
        )

    def ask(answer, inputs):
        return [run(answer.Tensor, case, formula(case, None, None)) for case in inputs["cases"]]

    def truth(inputs):
        return [by_complex_step(case) for case in inputs["cases"]]


@probe(task=1, points=1, seeds=2, tolerance=Tolerance(1e-6, 1e-8), kind="gradient")
class ProductsAgainstDifferences:
    "products against finite differences"

    def make(rng):
        return products(rng, [((4, 2, 3), (3, 5)), ((3,), (2, 3, 4))])

    def ask(answer, inputs):
        return [run(answer.Tensor, case, formula(case, None, None)) for case in inputs["cases"]]

    def truth(inputs):
        return [by_differences(case) for case in inputs["cases"]]


@probe(task=1, points=1, seeds=2, tolerance=T64, kind="gradient")
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


@probe(task=2, points=1, visible=True, seeds=2, tolerance=T64, kind="gradient")
class RowsAndColumns:
    "an integer, a slice and a column"

    def make(rng):
        return lookups(rng, [((3, 4), [1]), ((3, 4), [[0, 2]]), ((3, 4), [[None], 2])])

    def ask(answer, inputs):
        return [run(answer.Tensor, case, formula(case, None, None)) for case in inputs["cases"]]

    def truth(inputs):
        return [by_complex_step(case) for case in inputs["cases"]]


@probe(task=2, points=1, visible=True, seeds=2, tolerance=T64, kind="gradient")
class RowsLookedUpTwice:
    "rows of a table, some of them twice"

    def make(rng):
        return lookups(rng, [((3, 2), [rows(rng, 3, 5)])])

    def ask(answer, inputs):
        return [run(answer.Tensor, case, formula(case, None, None)) for case in inputs["cases"]]

    def truth(inputs):
        return [by_complex_step(case) for case in inputs["cases"]]


@probe(task=2, points=2, seeds=2, tolerance=T64, kind="gradient")
class IndicesOfEverySort:
    "steps, negative numbers, ellipsis, pairs and tables of indices"

    def make(rng):
        return lookups(
            rng,
            [
                ((7, 3), [[None, None, 2]]),
                ((5, 3), [[None, None, -1], -1]),
                ((2, 3, 4), ["...", 1]),
                ((2, 3, 4), [-1, "..."]),
                ((4, 5), [rows(rng, 4, 6), rows(rng, 5, 6)]),
                ((6, 2), [rows(rng, 6, 2, 4)]),
                ((3, 4, 2), [[1, None], rows(rng, 4, 3)]),
                ((5,), [-2]),
            ],
        )

    def ask(answer, inputs):
        return [run(answer.Tensor, case, formula(case, None, None)) for case in inputs["cases"]]

    def truth(inputs):
        return [by_complex_step(case) for case in inputs["cases"]]


@probe(task=2, points=1, seeds=2, tolerance=Tolerance(1e-6, 1e-8), kind="gradient")
class LookupsAgainstDifferences:
    "lookups against finite differences"

    def make(rng):
        return lookups(rng, [((4, 3), [rows(rng, 4, 7)]), ((4, 3), [[1, 3], [None, None, 2]])])

    def ask(answer, inputs):
        return [run(answer.Tensor, case, formula(case, None, None)) for case in inputs["cases"]]

    def truth(inputs):
        return [by_differences(case) for case in inputs["cases"]]


@probe(task=2, points=1, seeds=2, tolerance=T64, kind="gradient")
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


@probe(task=3, points=1, visible=True, seeds=2, tolerance=T64, kind="gradient")
class MaxOfATable:
    "the maximum of all, of rows and of columns"

    def make(rng):
        return maxima(rng, [((2, 3), None, False), ((2, 3), 0, False), ((2, 3), 1, True)])

    def ask(answer, inputs):
        return [run(answer.Tensor, case, formula(case, answer.cat, answer.where)) for case in inputs["cases"]]

    def truth(inputs):
        return [shared_out(case) for case in inputs["cases"]]


@probe(task=3, points=2, seeds=2, tolerance=T64, kind="edge")
class MaxWithTies:
    "maxima that several numbers share"

    def make(rng):
        return maxima(
            rng,
            [
                ((2, 5), 1, False),
                ((5, 3), 0, True),
                ((4, 3), None, False),
                ((2, 6, 3), 1, False),
                ((2, 4, 3), -1, True),
                ((3, 2), None, True),
            ],
            ties=True,
        )

    def ask(answer, inputs):
        return [run(answer.Tensor, case, formula(case, answer.cat, answer.where)) for case in inputs["cases"]]

    def truth(inputs):
        return [shared_out(case) for case in inputs["cases"]]


@probe(task=3, points=1, seeds=2, tolerance=T64, kind="edge")
class NearlyTied:
    "maxima with a rival a billionth below: close, but no tie"

    def make(rng):
        made = maxima(rng, [((4, 3), 0, False), ((2, 5), 1, True)])
        for case in made["cases"]:
            array, axis = case["arrays"][0], case["axis"]
            top = array.max(axis=axis, keepdims=True)
            rival = np.argmin(array, axis=axis, keepdims=True)
            np.put_along_axis(array, rival, top - 1e-9, axis=axis)
        return made

    def ask(answer, inputs):
        return [run(answer.Tensor, case, formula(case, answer.cat, answer.where)) for case in inputs["cases"]]

    def truth(inputs):
        return [shared_out(case) for case in inputs["cases"]]


@probe(task=3, points=1, visible=True, seeds=2, tolerance=T64, kind="gradient")
class GluedTogether:
    "cat of pieces of different sizes"

    def make(rng):
        return gluings(rng, [(0, [(1, 3), (2, 3)]), (1, [(2, 3), (2, 1)])])

    def ask(answer, inputs):
        return [run(answer.Tensor, case, formula(case, answer.cat, answer.where)) for case in inputs["cases"]]

    def truth(inputs):
        return [by_complex_step(case) for case in inputs["cases"]]


@probe(task=3, points=2, seeds=2, tolerance=T64, kind="gradient")
class GluedOfEverySort:
    "cat along every axis, one piece, many pieces, negative axes"

    def make(rng):
        return gluings(
            rng,
            [
                (0, [(2,), (3,), (1,)]),
                (0, [(4, 2), (1, 2), (3, 2), (2, 2), (5, 2)]),
                (-1, [(2, 1, 3), (2, 1, 2)]),
                (1, [(2, 3, 4), (2, 1, 4), (2, 2, 4)]),
                (0, [(3, 2)]),
                (-2, [(1, 4), (5, 4)]),
            ],
        )

    def ask(answer, inputs):
        return [run(answer.Tensor, case, formula(case, answer.cat, answer.where)) for case in inputs["cases"]]

    def truth(inputs):
        return [by_complex_step(case) for case in inputs["cases"]]


@probe(task=3, points=1, visible=True, seeds=2, tolerance=T64, kind="gradient")
class ChosenByACondition:
    "where, with a condition and a stretched choice"

    def make(rng):
        return choices(rng, [((2, 3), (2, 3), (2, 3)), ((2, 3), (3,), (2, 1))])

    def ask(answer, inputs):
        return [run(answer.Tensor, case, formula(case, answer.cat, answer.where)) for case in inputs["cases"]]

    def truth(inputs):
        return [by_complex_step(case) for case in inputs["cases"]]


@probe(task=3, points=2, seeds=2, tolerance=T64, kind="gradient")
class ChosenOfEverySort:
    "where, with everything stretched in turn"

    def make(rng):
        return choices(
            rng,
            [
                ((3,), (2, 3), ()),
                ((2, 1), (3,), (2, 3)),
                ((4, 2, 3), (2, 1), (4, 1, 1)),
                ((), (2,), (2,)),
                ((5,), (), ()),
            ],
        )

    def ask(answer, inputs):
        return [run(answer.Tensor, case, formula(case, answer.cat, answer.where)) for case in inputs["cases"]]

    def truth(inputs):
        return [by_complex_step(case) for case in inputs["cases"]]


@probe(task=3, points=1, seeds=2, tolerance=Tolerance(1e-6, 1e-8), kind="gradient")
class AllTogetherAgainstDifferences:
    "lookups, products, gluing and choosing in one formula, against finite differences"

    def make(rng):
        first = {
            "word": "lookup",
            "rows": rows(rng, 4, 5),
            "arrays": [numbers(rng, 4, 3), numbers(rng, 3, 2)],
        }
        second = {
            "word": "choice",
            "rows": rows(rng, 4, 5),
            "condition": rng.random((5, 2)) < 0.5,
            "arrays": [numbers(rng, 4, 3), numbers(rng, 3, 2), numbers(rng, 3)],
        }
        return {"cases": [with_seed(rng, first), with_seed(rng, second)]}

    def ask(answer, inputs):
        return [run(answer.Tensor, case, formula(case, answer.cat, answer.where)) for case in inputs["cases"]]

    def truth(inputs):
        return [by_differences(case) for case in inputs["cases"]]


@probe(task=3, points=1, seeds=2, tolerance=T64, kind="gradient")
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
