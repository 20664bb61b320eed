"""A judge is judged: planted backward passes are tables of numbers, right and wrong applied by one code.

A function is a sum of terms P curve(A x), its backward pass a sum of B (slope(C x) * (Q dy)). In a right one
B, C and Q are A and P turned round, with the hidden units shuffled and rescaled, so that no table is a copy
of another; a wrong one has one of 27 mistakes.
"""

import numpy as np

from grader.language import EXACT, T64, Tolerance, probe, travels


@travels
def curve(word, z):
    return {"sin": np.sin, "tanh": np.tanh, "exp": np.exp, "square": np.square}[word](z)


@travels
def slope(word, z):
    return {
        "sin": np.cos,
        "tanh": lambda z: 1 - np.tanh(z) ** 2,
        "exp": np.exp,
        "square": lambda z: 2 * z,
    }[word](z)


@travels
def forward(plan):
    def f(x):
        flat = np.ravel(x)
        total = sum(term["P"] @ curve(term["word"], term["A"] @ flat) for term in plan["terms"])
        return total.reshape(plan["y_shape"])

    return f


@travels
def backward(plan):
    def f_bwd(dy, x):
        flat, g = np.ravel(x), np.ravel(dy)
        total = sum(
            term["B"] @ (slope(term["word"], term["C"] @ flat) * (term["Q"] @ g)) for term in plan["back"]
        )
        return total.reshape(plan["dx_shape"])

    return f_bwd


@travels
def opinions(gradcheck, inputs):
    found = []
    for plan in inputs["plans"]:
        rng = np.random.default_rng(plan["seed"])
        found.append(bool(gradcheck(forward(plan), backward(plan), plan["x"], rng)))
    return found


def plan_of(rng, kind):
    """A function of the given kind and its right backward pass."""
    x_shape, y_shape = {"single in": ((1,), (3,)), "single out": ((2, 3), ())}.get(kind, ((2, 3), (4, 2)))
    if kind == "two matrices":
        x_shape, y_shape = (3, 2), (2, 5)
    n, m = int(np.prod(x_shape)), int(np.prod(y_shape))
    size = {"tiny": 1e-4, "huge": 1e4, "flat": 0.0}.get(kind, 1.0)
    words = (
        ["sin", "sin"]
        if kind == "wiggly"
        else [str(w) for w in rng.permutation(["sin", "tanh", "exp", "square"])[:2]]
    )
    terms, back = [], []
    for word in words:
        units = int(rng.integers(4, 7))
        A = rng.standard_normal((units, n)) * (15 if kind == "wiggly" else 0.6)
        P = rng.standard_normal((m, units)) * size
        order, scale = rng.permutation(units), rng.uniform(0.5, 2, units)
        terms.append({"word": word, "A": A, "P": P})
        back.append({"word": word, "B": A[order].T * scale, "C": A[order], "Q": P.T[order] / scale[:, None]})
    x = rng.standard_normal(x_shape)
    return {
        "x": x,
        "terms": terms,
        "back": back[::-1],
        "y_shape": list(y_shape),
        "dx_shape": list(x_shape),
        "seed": int(rng.integers(2**31)),
    }


def kinds():
    return ["plain", "two matrices", "tiny", "huge", "wiggly", "flat", "single in", "single out", "plain too"]


def mistakes():
    def each(change):
        def plant(rng, plan):
            for term in plan["back"]:
                term.update(change(rng, term))

        return plant

    def one(change):
        def plant(rng, plan):
            term = plan["back"][int(rng.integers(len(plan["back"])))]
            term.update(change(rng, term))

        return plant

    def row(factor):
        def plant(rng, plan):
            place = int(rng.integers(len(plan["back"][0]["B"])))
            for term in plan["back"]:
                term["B"] = term["B"].copy()
                term["B"][place] *= factor

        return plant

    def blind_to_ones(rng, term):
        v = rng.standard_normal(term["Q"].shape[1])
        return {
            "Q": term["Q"]
            + np.abs(term["Q"]).max() * np.outer(rng.standard_normal(len(term["Q"])), v - v.mean())
        }

    def blind_to_sums(rng, term):
        w = rng.standard_normal(len(term["B"]))
        return {"B": term["B"] + np.outer(w - w.mean(), rng.standard_normal(term["B"].shape[1]))}

    def columns(keep):
        def change(rng, term):
            mask = np.zeros(term["Q"].shape[1])
            mask[keep] = 1
            return {"Q": term["Q"] * mask}

        return change

    def swapped(rng, plan):
        i, j = rng.choice(len(plan["back"][0]["B"]), 2, replace=False)
        for term in plan["back"]:
            term["B"] = term["B"].copy()
            term["B"][[i, j]] = term["B"][[j, i]]

    def other_slope(rng, term):
        return {"word": {"sin": "tanh", "tanh": "exp", "exp": "sin", "square": "exp"}[term["word"]]}

    def dropped(rng, plan):
        plan["back"].pop(int(rng.integers(2)))

    def reshaped(rng, plan):
        plan["dx_shape"] = plan["dx_shape"][::-1]

    def flattened(rng, plan):
        plan["dx_shape"] = [int(np.prod(plan["dx_shape"]))]

    def poisoned(rng, plan):
        B = plan["back"][0]["B"].copy()
        B[int(rng.integers(len(B))), 0] = np.nan
        plan["back"][0]["B"] = B

    return [
        each(lambda rng, t: {"B": t["B"] * 2}),
        each(lambda rng, t: {"B": t["B"] / 2}),
        each(lambda rng, t: {"B": t["B"] * 1.001}),
        each(lambda rng, t: {"Q": t["Q"] * 0.9999}),
        each(lambda rng, t: {"Q": -t["Q"]}),
        one(lambda rng, t: {"Q": -t["Q"]}),
        dropped,
        row(1.02),
        row(0.0),
        row(-1.0),
        swapped,
        each(lambda rng, t: {"B": t["B"][::-1]}),
        one(blind_to_ones),
        each(blind_to_ones),
        one(blind_to_sums),
        each(blind_to_sums),
        each(lambda rng, t: {"B": t["B"] / t["Q"].shape[1]}),
        each(columns(0)),
        each(columns(slice(None, -1))),
        each(lambda rng, t: {"Q": np.broadcast_to(t["Q"].mean(axis=1, keepdims=True), t["Q"].shape).copy()}),
        each(lambda rng, t: {"Q": np.roll(t["Q"], 1, axis=1)}),
        one(lambda rng, t: {"C": t["C"] * 1.01}),
        each(lambda rng, t: {"C": t["C"] * 0.0}),
        one(other_slope),
        reshaped,
        flattened,
        poisoned,
    ]


def error_of(plan):
    """How far the backward pass is off, by exact Jacobians, in units of the largest slope."""
    flat = plan["x"].ravel()
    right = sum(t["P"] @ (slope(t["word"], t["A"] @ flat)[:, None] * t["A"]) for t in plan["terms"]).T
    if plan["dx_shape"] != list(plan["x"].shape):
        return np.inf
    claimed = np.stack(
        [backward(plan)(dy, plan["x"]).ravel() for dy in np.eye(int(np.prod(plan["y_shape"])))], axis=1
    )
    size = np.abs(right).max()
    worst = np.abs(claimed - right).max()
    return np.inf if np.isnan(worst) else worst / size if size else worst


def planted(rng, mistake, kind):
    """A plan with this mistake, drawn again until the mistake shows at x."""
    while True:
        plan = plan_of(rng, kind)
        if mistake is None:
            return plan
        mistake(rng, plan)
        if error_of(plan) > 9e-5:
            return plan


def shuffled(rng, plans):
    return {"plans": [plans[place] for place in rng.permutation(len(plans))]}


def verdicts(inputs):
    return [bool(error_of(plan) < 1e-9) for plan in inputs["plans"]]


def measured(rng, kind):
    plan = plan_of(rng, kind)
    return plan | {"dy": np.asarray(rng.standard_normal(plan["y_shape"]))}


@probe(task=1, points=1, visible=True, seeds=2, tolerance=Tolerance(1e-6, 1e-9), kind="gradient")
class MeasuredOnce:
    "the gradient of a function of one number, and of a small table"

    def make(rng):
        return {"plans": [measured(rng, "single in"), measured(rng, "plain")]}

    def ask(answer, inputs):
        return [answer.numeric_vjp(forward(plan), plan["x"], plan["dy"]) for plan in inputs["plans"]]

    def truth(inputs):
        return [backward(plan)(plan["dy"], plan["x"]) for plan in inputs["plans"]]


@probe(task=1, points=2, seeds=4, tolerance=Tolerance(1e-6, 1e-10), kind="gradient")
class MeasuredOften:
    "the gradients of many functions: other shapes, very curvy, a single result"

    def make(rng):
        return {
            "plans": [
                measured(rng, kind) for kind in ("two matrices", "wiggly", "single out", "flat", "tiny")
            ]
        }

    def ask(answer, inputs):
        return [answer.numeric_vjp(forward(plan), plan["x"], plan["dy"]) for plan in inputs["plans"]]

    def truth(inputs):
        return [backward(plan)(plan["dy"], plan["x"]) for plan in inputs["plans"]]


@probe(task=1, points=1, seeds=2, tolerance=T64, kind="gradient")
class StepOfOneTenth:
    "with h = 0.1 the error of central differences shows, and has to be theirs"

    def make(rng):
        return {"x": rng.uniform(0.5, 2, 4), "dy": rng.standard_normal(4)}

    def ask(answer, inputs):
        return answer.numeric_vjp(lambda x: x * x * x, inputs["x"], inputs["dy"], h=0.1)

    def truth(inputs):
        return inputs["dy"] * (3 * inputs["x"] ** 2 + 0.01)


@probe(task=2, points=1, visible=True, seeds=3, tolerance=EXACT)
class TwelveOpinions:
    "twelve backward passes, the plainer mistakes among them"

    def make(rng):
        plain = [mistakes()[number] for number in (0, 2, 4, 8, 13, 17, 25)]
        plans = [planted(rng, mistake, "plain") for mistake in plain]
        return shuffled(
            rng,
            plans + [planted(rng, None, kind) for kind in ("plain", "huge", "wiggly", "single out", "flat")],
        )

    def ask(answer, inputs):
        return opinions(answer.gradcheck, inputs)

    def truth(inputs):
        return verdicts(inputs)


@probe(task=2, points=4, seeds=20, tolerance=EXACT)
class ThirtySixOpinions:
    "27 planted mistakes and 9 right backward passes, in no particular order"

    def make(rng):
        sizes = ["plain", "two matrices", "tiny", "huge"]
        plans = [planted(rng, mistake, str(rng.choice(sizes))) for mistake in mistakes()]
        return shuffled(rng, plans + [planted(rng, None, kind) for kind in kinds()])

    def ask(answer, inputs):
        return opinions(answer.gradcheck, inputs)

    def truth(inputs):
        return verdicts(inputs)


@probe(task=2, points=1, seeds=4, tolerance=EXACT)
class SmallAndLargeGradients:
    "small mistakes in functions whose gradients are tiny, huge or very curvy"

    def make(rng):
        small = [mistakes()[number] for number in (2, 3, 7, 12, 14)]
        sizes = ("tiny", "huge", "wiggly")
        plans = [planted(rng, mistake, size) for mistake in small for size in sizes]
        return shuffled(rng, plans + [planted(rng, None, size) for size in sizes * 4])

    def ask(answer, inputs):
        return opinions(answer.gradcheck, inputs)

    def truth(inputs):
        return verdicts(inputs)
