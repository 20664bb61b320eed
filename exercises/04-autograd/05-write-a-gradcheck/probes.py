"""A judge is judged: a function is a list of steps on numbers, its backward pass a table of its slopes at x.

The table is worked out here by complex steps and perhaps spoiled; in the box a right one and a wrong one are
tables like any other, and nothing there knows the slope of a step: whoever wants to tell them apart has to
differentiate the function. What `numeric_vjp` returns is compared with what central differences return, their
own error included, so that no exact slope is paid for one.
"""

import numpy as np

from grader.language import EXACT, T64, Tolerance, probe, travels


@travels
def again(z, table, shift):
    s = z
    for _ in range(3):
        s = np.tanh(table @ s + z)
    return s


@travels
def shares(z, table, shift):
    e = np.exp(z + shift)
    return e / e.sum()


@travels
def steps():
    """What one step of a function does to a vector; each works on complex numbers too."""
    return {
        "mix": lambda z, table, shift: table @ z + shift,
        "again": again,
        "shares": shares,
        "sin": lambda z, table, shift: np.sin(z + shift),
        "tanh": lambda z, table, shift: np.tanh(z - shift),
        "bell": lambda z, table, shift: np.exp(shift - z * z / 2),
        "rest": lambda z, table, shift: z / (2 + np.cos(z + shift)),
        "logs": lambda z, table, shift: np.log(2 + (z - shift) * (z - shift)),
        "unit": lambda z, table, shift: (z + shift) / np.sqrt(1 + z @ z),
        "sums": lambda z, table, shift: (z * shift).cumsum() / 2,
        "pairs": lambda z, table, shift: z * (z + shift)[::-1],
        "gate": lambda z, table, shift: z / (1 + np.exp(-2 * z - shift)),
    }


@travels
def forward(plan):
    known, shape = steps(), plan["y_shape"]
    branches = [[(known[word], table, shift) for word, table, shift in one] for one in plan["branches"]]

    def f(x):
        total = 0.0
        for branch in branches:
            z = np.ravel(x)
            for step, table, shift in branch:
                z = step(z, table, shift)
            total = total + z
        return total.reshape(shape)

    return f


@travels
def backward(plan):
    def f_bwd(dy, x):
        up, down = np.maximum(np.ravel(dy), 0), np.minimum(np.ravel(dy), 0)
        dx = plan["table"] @ up + plan.get("below", plan["table"]) @ down
        dx[plan.get("infinite", [])] = np.inf
        return dx.reshape(plan["dx_shape"])

    return f_bwd


@travels
def opinions(gradcheck, inputs):
    found = []
    for plan, claim in zip(inputs["plans"], inputs["claims"], strict=True):
        rng = np.random.default_rng(plan["seed"])
        found.append(bool(gradcheck(forward(plan), backward(claim), plan["x"], rng)))
    return found


WORDS = ["sin", "tanh", "bell", "rest", "logs", "shares", "unit", "sums", "pairs", "gate", "again"]
SIZES = {"tiny": 1e-4, "huge": 1e4, "flat": 0.0}
SHAPES = {
    "single in": ((1,), (3,)),
    "single out": ((2, 3), ()),
    "number": ((), (3,)),
    "row": ((1, 5), (3,)),
    "list": ((4,), (2, 2)),
    "deep": ((1, 2, 3), (2,)),
}


def drawn_step(rng, word, units):
    table = rng.standard_normal((units, units)) * 0.3 if word == "again" else np.zeros(())
    return [word, table, rng.standard_normal(units) * 0.5]


def branch(rng, kind, n, m):
    """The steps of one half of a function: linear ones, and curved ones between them."""
    units = int(rng.integers(4, 7))
    wiggly = kind == "wiggly"
    found = [["mix", rng.standard_normal((units, n)) * (15 if wiggly else 0.7), rng.standard_normal(units)]]
    if wiggly:
        found.append(drawn_step(rng, "sin", units))
    else:
        first, second = (str(word) for word in rng.choice(WORDS, 2, replace=False))
        found.append(drawn_step(rng, first, units))
        found.append(["mix", rng.standard_normal((units, units)) * 0.6, rng.standard_normal(units) * 0.3])
        found.append(drawn_step(rng, second, units))
    size = SIZES.get(kind, 1.0)
    return [*found, ["mix", rng.standard_normal((m, units)) * size, rng.standard_normal(m) * size]]


def drawn(rng, kind):
    x_shape, y_shape = SHAPES.get(kind, ((2, 3), (4, 2)))
    if kind == "wide":
        x_shape, y_shape = (8, 5), (3,)
    if kind == "two matrices":
        x_shape, y_shape = (3, 2), (2, 5)
    n, m = int(np.prod(x_shape)), int(np.prod(y_shape))
    return {
        "x": np.asarray(rng.standard_normal(x_shape)),
        "branches": [branch(rng, kind, n, m) for _ in range(2)],
        "y_shape": list(y_shape),
        "seed": int(rng.integers(2**31)),
    }


def slopes(plan, x):
    """d y / d x at x as a table (numbers of x, numbers of y), by complex steps."""
    f, rows = forward(plan), []
    for index in np.ndindex(*x.shape):
        z = x.astype(complex)
        z[index] += 1e-30j
        rows.append(f(z).ravel().imag / 1e-30)
    return np.array(rows)


def differences(plan, h):
    """The same table by central differences, with the error that they have."""
    f, x, rows = forward(plan), plan["x"], []
    for place in range(x.size):
        nudge = h * (np.arange(x.size) == place).reshape(x.shape)
        rows.append((f(x + nudge) - f(x - nudge)).ravel() / (2 * h))
    return np.array(rows)


def plan_of(rng, kind):
    """A function of this kind on which central differences of any sensible step agree with its slopes."""
    while True:
        plan = drawn(rng, kind)
        table = slopes(plan, plan["x"])
        size = np.abs(table).max()
        near = all(np.abs(differences(plan, h) - table).max() <= 2e-8 * size for h in (5e-6, 1e-5))
        least = 0.005 if kind == "wide" else 0.02
        sensible = kind == "flat" or np.abs(table).max(axis=1).min() > least * size
        if near and sensible and (kind == "flat" or 0.05 < size / SIZES.get(kind, 1.0) < 500):
            return plan, table


def kinds():
    return ["plain", "two matrices", "tiny", "huge", "wiggly", "flat", "single in", "single out", "plain too"]


def mistakes():
    """27 ways to spoil a table: each takes rng, the plan and the right table, and returns a wrong one."""

    def halves(plan):
        return [slopes(plan | {"branches": [one]}, plan["x"]) for one in plan["branches"]]

    def spoiled_half(change):
        def spoil(rng, plan, table):
            parts = halves(plan)
            place = int(rng.integers(2))
            parts[place] = change(rng, plan, parts[place])
            return parts[0] + parts[1]

        return spoil

    def row(factor):
        def spoil(rng, plan, table):
            table = table.copy()
            table[int(rng.integers(len(table)))] *= factor
            return table

        return spoil

    def columns(keep):
        def spoil(rng, plan, table):
            mask = np.zeros(table.shape[1])
            mask[keep] = 1
            return table * mask

        return spoil

    def blind_to_ones(rng, plan, table):
        v = rng.standard_normal(table.shape[1])
        return table + np.abs(table).max() * np.outer(rng.standard_normal(len(table)), v - v.mean())

    def blind_to_sums(rng, plan, table):
        w = rng.standard_normal(len(table))
        spread = np.outer(w - w.mean(), rng.standard_normal(table.shape[1]))
        return table + np.abs(table).max() * spread

    def swapped(rng, plan, table):
        i, j = rng.choice(len(table), 2, replace=False)
        table = table.copy()
        table[[i, j]] = table[[j, i]]
        return table

    def other_step(rng, plan, table):
        other = [[list(one) for one in steps] for steps in plan["branches"]]
        curved = other[int(rng.integers(2))][1]
        curved[0] = "tanh" if curved[0] != "tanh" else "sin"
        return slopes(plan | {"branches": other}, plan["x"])

    def poisoned(rng, plan, table):
        table = table.copy()
        table[int(rng.integers(len(table))), 0] = np.nan
        return table

    return [
        lambda rng, plan, table: table * 2,
        lambda rng, plan, table: table / 2,
        lambda rng, plan, table: table * 1.001,
        lambda rng, plan, table: table * 0.9999,
        lambda rng, plan, table: -table,
        spoiled_half(lambda rng, plan, half: -half),
        spoiled_half(lambda rng, plan, half: 0 * half),
        row(1.02),
        row(0.0),
        row(-1.0),
        swapped,
        lambda rng, plan, table: table[::-1].copy(),
        spoiled_half(blind_to_ones),
        blind_to_ones,
        spoiled_half(blind_to_sums),
        blind_to_sums,
        lambda rng, plan, table: table / table.shape[1],
        columns(0),
        columns(slice(None, -1)),
        lambda rng, plan, table: np.tile(table.mean(axis=1, keepdims=True), table.shape[1]),
        lambda rng, plan, table: np.roll(table, 1, axis=1),
        lambda rng, plan, table: slopes(plan, plan["x"] * 1.01),
        lambda rng, plan, table: slopes(plan, plan["x"] * 0.0),
        other_step,
        "turned",
        "flat",
        poisoned,
    ]


def shape_claimed(mistake, shape):
    if mistake == "turned":
        return list(shape[::-1])
    return [int(np.prod(shape))] if mistake == "flat" else list(shape)


def planted(rng, mistake, kind):
    """A function, a claim about its slopes, and whether the claim is right; drawn until a mistake shows."""
    while True:
        plan, table = plan_of(rng, kind)
        claim = {"table": table, "dx_shape": shape_claimed(mistake, plan["x"].shape)}
        if mistake is None:
            return plan, claim, True
        if isinstance(mistake, str):
            return plan, claim, False
        claim["table"] = mistake(rng, plan, table)
        if not np.abs(claim["table"] - table).max() <= 9e-5 * np.abs(table).max():
            return plan, claim, False


def shuffled(rng, planted_ones):
    """The questions in random order. What is right stays in the author's box."""
    plans, claims, right = zip(*[planted_ones[place] for place in rng.permutation(len(planted_ones))])
    return {"plans": list(plans), "claims": list(claims), "_right": list(right)}


def measured(rng, kind):
    plan, _ = plan_of(rng, kind)
    return plan | {"dy": np.asarray(rng.standard_normal(plan["y_shape"]))}


def by_slopes(plan):
    """What `numeric_vjp` should find, without the error of a difference."""
    return (slopes(plan, plan["x"]) @ plan["dy"].ravel()).reshape(plan["x"].shape)


def by_differences(plan, h):
    return (differences(plan, h) @ plan["dy"].ravel()).reshape(plan["x"].shape)


@probe(task=1, points=1, visible=True, seeds=2, tolerance=Tolerance(1e-6, 1e-9), kind="gradient")
class MeasuredOnce:
    "the gradient of a function of one number, and of a small table"

    def make(rng):
        return {"plans": [measured(rng, "single in"), measured(rng, "plain")]}

    def ask(answer, inputs):
        return [answer.numeric_vjp(forward(plan), plan["x"], plan["dy"]) for plan in inputs["plans"]]

    def truth(inputs):
        return [by_slopes(plan) for plan in inputs["plans"]]


@probe(task=1, points=2, seeds=4, tolerance=Tolerance(1e-6, 1e-10), kind="gradient")
class MeasuredOften:
    "the gradients of many functions: other shapes, very curvy, a single result"

    def make(rng):
        return {
            "plans": [
                measured(rng, kind)
                for kind in ("two matrices", "wiggly", "single out", "flat", "tiny", "number")
            ]
        }

    def ask(answer, inputs):
        return [answer.numeric_vjp(forward(plan), plan["x"], plan["dy"]) for plan in inputs["plans"]]

    def truth(inputs):
        return [by_slopes(plan) for plan in inputs["plans"]]


@probe(task=1, points=1, seeds=2, tolerance=Tolerance(1e-8, 1e-12), kind="gradient")
class ViewsOfWhatTheyGet:
    "functions that return a view of what they are handed or that very array, and an x that was transposed"

    def make(rng):
        return {
            "x": rng.standard_normal((3, 4)),
            "dy": rng.standard_normal((4, 3)),
            "part": rng.standard_normal(4),
        }

    def ask(answer, inputs):
        x = inputs["x"]
        turned = answer.numeric_vjp(lambda x: x.T, x, inputs["dy"])
        row = answer.numeric_vjp(lambda x: x[1], x, inputs["part"])
        same = answer.numeric_vjp(lambda x: x, x, inputs["dy"].T)
        return [turned, row, same, answer.numeric_vjp(lambda x: x * x, x.T, inputs["dy"])]

    def truth(inputs):
        x, dy = inputs["x"], inputs["dy"]
        return [dy.T, np.eye(3)[:, 1:2] * inputs["part"], dy.T, 2 * x.T * dy]


@probe(task=1, points=1, seeds=2, tolerance=T64, kind="gradient")
class StepOfOneTenth:
    "with h = 0.1 the error of central differences shows, and has to be theirs"

    def make(rng):
        return {"x": rng.uniform(0.5, 2, 4), "dy": rng.standard_normal(4)}

    def ask(answer, inputs):
        return answer.numeric_vjp(lambda x: x * x * x, inputs["x"], inputs["dy"], h=0.1)

    def truth(inputs):
        return inputs["dy"] * (3 * inputs["x"] ** 2 + 0.01)


@probe(task=1, points=2, seeds=4, tolerance=Tolerance(1e-8, 1e-12), kind="gradient")
class WideSteps:
    "many functions with wide steps: what comes out is a difference, with the error of one"

    def make(rng):
        kinds = ("plain", "two matrices", "single in", "single out", "huge", "plain too")
        return {"plans": [measured(rng, kind) | {"h": float(rng.uniform(0.05, 0.4))} for kind in kinds]}

    def ask(answer, inputs):
        return [
            answer.numeric_vjp(forward(plan), plan["x"], plan["dy"], plan["h"]) for plan in inputs["plans"]
        ]

    def truth(inputs):
        return [by_differences(plan, plan["h"]) for plan in inputs["plans"]]


@probe(task=2, points=1, visible=True, seeds=3, tolerance=EXACT)
class TwelveOpinions:
    "twelve backward passes, the plainer mistakes among them"

    def make(rng):
        plain = [mistakes()[number] for number in (0, 2, 4, 8, 13, 17, 25)]
        ones = [planted(rng, mistake, "plain") for mistake in plain]
        right = ("plain", "huge", "wiggly", "single out", "flat")
        return shuffled(rng, ones + [planted(rng, None, kind) for kind in right])

    def ask(answer, inputs):
        return opinions(answer.gradcheck, inputs)

    def truth(inputs):
        return inputs["_right"]


@probe(task=2, points=4, seeds=20, tolerance=EXACT)
class ThirtySixOpinions:
    "27 planted mistakes and 9 right backward passes, in no particular order"

    def make(rng):
        sizes = ["plain", "two matrices", "tiny", "huge"]
        ones = [planted(rng, mistake, str(rng.choice(sizes))) for mistake in mistakes()]
        return shuffled(rng, ones + [planted(rng, None, kind) for kind in kinds()])

    def ask(answer, inputs):
        return opinions(answer.gradcheck, inputs)

    def truth(inputs):
        return inputs["_right"]


@probe(points=1, seeds=4)
class OneNumberOfForty(ThirtySixOpinions):
    "mistakes in a single number of a larger dx, one of them an inf"

    def make(rng):
        off = [mistakes()[number] for number in (7, 8, 9)]
        ones = [planted(rng, mistake, "wide") for mistake in off * 2]
        plan, claim, _ = planted(rng, None, "wide")
        ones.append((plan, claim | {"infinite": [int(rng.integers(40))]}, False))
        return shuffled(rng, ones + [planted(rng, None, "wide") for _ in range(3)])


@probe(points=1, seeds=4)
class SmallAndLargeGradients(ThirtySixOpinions):
    "small mistakes in functions whose gradients are tiny, huge or very curvy"

    def make(rng):
        small = [mistakes()[number] for number in (2, 3, 7, 12, 14)]
        sizes = ("tiny", "huge", "wiggly")
        ones = [planted(rng, mistake, size) for mistake in small for size in sizes]
        return shuffled(rng, ones + [planted(rng, None, size) for size in sizes * 4])


@probe(points=1, seeds=4)
class ShapesThatLookAlike(ThirtySixOpinions):
    "right numbers in a shape that numpy would stretch to the right one"

    def make(rng):
        ones = [planted(rng, None, kind) for kind in ("row", "list", "number", "single in", "deep") * 2]
        alike = {"row": [[5], [1, 1, 5]], "list": [[1, 4]], "number": [[1]], "single in": [[], [1, 1]]}
        for kind, shapes in (alike | {"deep": [[2, 3]]}).items():
            for shape in shapes:
                plan, claim, _ = planted(rng, None, kind)
                ones.append((plan, claim | {"dx_shape": shape}, False))
        return shuffled(rng, ones)


def large(rng, units=4, n=1000, curvy=0):
    """A function of a thousand numbers with one result, and its slopes as a table of one column.

    In the first `curvy` numbers it bends so much that a step of a thousandth is far too wide.
    """

    def half():
        first = ["mix", rng.standard_normal((units, n)) / n**0.5, rng.standard_normal(units)]
        first[1][:, :curvy] *= 15 * n**0.5
        return [first, drawn_step(rng, "sin", units), ["mix", rng.standard_normal((1, units)), np.zeros(1)]]

    plan = {"x": rng.standard_normal((25, n // 25)), "branches": [half(), half()], "y_shape": []}
    plan["seed"] = int(rng.integers(2**31))
    return plan, slopes(plan, plan["x"])


@probe(task=2, points=1, seeds=2, tolerance=EXACT)
class OneNumberOfAThousand:
    "a mistake of a ten-thousandth in a single number of a thousand, and a right dx of a very curvy function"

    def make(rng):
        ones = []
        for off in (9e-5, -7e-5, 8e-5, 0, 0):
            plan, table = large(rng)
            right = not off
            table[int(np.argmax(np.abs(table)))] *= 1 + off
            ones.append((plan, {"table": table, "dx_shape": list(plan["x"].shape)}, right))
        plan, table = large(rng, curvy=40)
        ones.append((plan, {"table": table, "dx_shape": list(plan["x"].shape)}, True))
        return shuffled(rng, ones)

    def ask(answer, inputs):
        return opinions(answer.gradcheck, inputs)

    def truth(inputs):
        return inputs["_right"]


@probe(points=1, seeds=4)
class RightForSomeMessages(ThirtySixOpinions):
    "backward passes that are right only for dy without negative numbers, or without positive ones"

    def make(rng):
        ones = []
        for factor in (0.0, -1.0, 1.01, 1.0, 1.0, 1.0):
            plan, table = plan_of(rng, str(rng.choice(["plain", "two matrices", "tiny"])))
            claim = {"table": table, "below": factor * table, "dx_shape": list(plan["x"].shape)}
            if rng.random() < 0.5:
                claim |= {"table": claim["below"], "below": table}
            ones.append((plan, claim, factor == 1.0))
        return shuffled(rng, ones)


def of_size(rng, kind, size):
    """A function whose largest slope is `size`, and its slopes."""
    plan, table = plan_of(rng, kind)
    factor = size / np.abs(table).max()
    for one in plan["branches"]:
        word, mix, shift = one[-1]
        one[-1] = [word, mix * factor, shift * factor]
    return plan, table * factor


@probe(points=1, seeds=4)
class SlightlyOffAtBothEnds(ThirtySixOpinions):
    "off by a factor of 1.0001 or not at all, with slopes of 1e-5 and of 1e5"

    def make(rng):
        ones = []
        for size in (1e-5, 1e5):
            for factor in (1.0001, 0.9999, 1.0, 1.0):
                plan, table = of_size(rng, str(rng.choice(["plain", "two matrices"])), size)
                claim = {"table": table * factor, "dx_shape": list(plan["x"].shape)}
                ones.append((plan, claim, factor == 1.0))
        return shuffled(rng, ones)


def uneven(rng):
    """A function that barely depends on its last row, so that no difference measures those slopes."""
    while True:
        plan, table = plan_of(rng, str(rng.choice(["plain", "two matrices"])))
        for one in plan["branches"]:
            word, mix, shift = one[0]
            faint = np.arange(mix.shape[1]) >= mix.shape[1] - plan["x"].shape[-1]
            one[0] = [word, mix * np.where(faint, 1e-9, 1.0), shift]
        table = slopes(plan, plan["x"])
        if np.abs(differences(plan, 1e-5) - table).max() < 2e-8 * np.abs(table).max():
            return plan, table


@probe(points=1, seeds=4)
class OneSlopeNearlyZero(ThirtySixOpinions):
    "one row of slopes is a thousand-millionth of the others: the largest number in dx is the measure for all"

    def make(rng):
        ones = []
        for factor in (1.0, 1.0, 1.0001, 1.0):
            plan, table = uneven(rng)
            claim = {"table": table * factor, "dx_shape": list(plan["x"].shape)}
            ones.append((plan, claim, factor == 1.0))
        return shuffled(rng, ones)


@probe(task=2, veto=True, seeds=2, tolerance=EXACT)
class ThreeMessages:
    "a right backward pass is tried with at least three dy, none of them a mixture of the others"

    def make(rng):
        plan, table = plan_of(rng, "plain")
        return {"plan": plan, "claim": {"table": table, "dx_shape": list(plan["x"].shape)}}

    def ask(answer, inputs):
        plan, tried = inputs["plan"], []
        f_bwd = backward(inputs["claim"])

        def listening(dy, x):
            tried.append(np.array(dy, dtype=float).reshape(np.prod(plan["y_shape"])))
            return f_bwd(dy, x)

        rng = np.random.default_rng(plan["seed"])
        right = bool(answer.gradcheck(forward(plan), listening, plan["x"], rng))
        different = len({dy.tobytes() for dy in tried})
        independent = int(np.linalg.matrix_rank(np.array(tried))) if tried else 0
        return {"right": right, "different dy": min(different, 3), "independent dy": min(independent, 3)}

    def truth(inputs):
        return {"right": True, "different dy": 3, "independent dy": 3}
