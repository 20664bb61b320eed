"""The GRU in both versions: values one number at a time, gradients by complex steps and by differences."""

import math
from functools import partial

import numpy as np

from grader.language import T32, T64n, calls, probe, travels

SIZES = ((1, 4, 3, 5), (4, 1, 2, 3), (2, 6, 1, 3), (3, 4, 5, 1), (1, 1, 1, 1), (3, 3, 3, 3), (2, 2, 6, 2))
NAMES = ("x", "h0", "Wx", "Wh", "bx", "bh")


def network(rng, n, t, d, h):
    """Sequences, a first state, weights, two biases, and a message for every state."""
    return {
        "x": rng.normal(size=(n, t, d)),
        "h0": rng.normal(size=(n, h)),
        "Wx": rng.normal(size=(d, 3 * h)) * 0.6,
        "Wh": rng.normal(size=(h, 3 * h)) * 0.6,
        "bx": rng.normal(size=3 * h) * 0.7,
        "bh": rng.normal(size=3 * h) * 0.7,
        "dh": rng.normal(size=(n, t, h)),
    }


def sigmoid(z):
    return 1 / (1 + math.exp(-z)) if z >= 0 else math.exp(z) / (1 + math.exp(z))


def number_by_number(variant, c):
    """The formulas of the task for one sequence, one step and one unit at a time, on Python's numbers."""
    n, t, d = c["x"].shape
    hidden = c["h0"].shape[1]
    found = np.empty((n, t, hidden), c["x"].dtype)

    def side(values, W, b, column):
        return math.fsum([*(v * float(W[k, column]) for k, v in enumerate(values)), float(b[column])])

    for row in range(n):
        h = [float(v) for v in c["h0"][row]]
        for step in range(t):
            x = [float(v) for v in c["x"][row, step]]
            r, z = (
                [
                    sigmoid(side(x, c["Wx"], c["bx"], k) + side(h, c["Wh"], c["bh"], k))
                    for k in range(block * hidden, (block + 1) * hidden)
                ]
                for block in (0, 1)
            )
            after = []
            for unit in range(hidden):
                column = 2 * hidden + unit
                if variant == "after":
                    inner = r[unit] * side(h, c["Wh"], c["bh"], column)
                else:
                    inner = side([a * b for a, b in zip(r, h)], c["Wh"], c["bh"], column)
                candidate = math.tanh(side(x, c["Wx"], c["bx"], column) + inner)
                after.append((1 - z[unit]) * candidate + z[unit] * h[unit])
            h = after
            found[row, step] = h
    return found


def loss(variant, c, dh):
    """The states, weighed by the messages; complex numbers go through it, too."""
    h, total = c["h0"], 0.0
    size = h.shape[1]
    first, second, third = (slice(k * size, (k + 1) * size) for k in range(3))
    for t in range(c["x"].shape[1]):
        ax = c["x"][:, t] @ c["Wx"] + c["bx"]
        ah = h @ c["Wh"] + c["bh"]
        r, z = ((1 + np.tanh((ax[:, block] + ah[:, block]) / 2)) / 2 for block in (first, second))
        inner = r * ah[:, third] if variant == "after" else (r * h) @ c["Wh"][:, third] + c["bh"][third]
        h = (1 - z) * np.tanh(ax[:, third] + inner) + z * h
        total = total + (h * dh[:, t]).sum()
    return total


def slopes_of(variant, c):
    """The slope of the loss in each number: nudged sideways, nothing is subtracted."""
    wide = {name: value.astype(np.float64) for name, value in c.items()}
    slopes = []
    for name in NAMES:
        slope = np.zeros(wide[name].shape)
        for index in np.ndindex(*slope.shape):
            nudged = wide[name].astype(complex)
            nudged[index] += 1e-30j
            slope[index] = loss(variant, wide | {name: nudged}, wide["dh"]).imag / 1e-30
        slopes.append(slope.astype(c["x"].dtype))
    return slopes


def both_variants(c):
    return [number_by_number("after", c), number_by_number("before", c)]


@travels
def run(answer, c, variant):
    return answer.gru_fwd(c["x"], c["h0"], c["Wx"], c["Wh"], c["bx"], c["bh"], variant)


@travels
def forward(answer, c):
    return [run(answer, c, "after")[0], run(answer, c, "before")[0]]


@travels
def back_after(answer, c):
    h, cache = run(answer, c, "after")
    return answer.gru_bwd(c["dh"], cache)


@travels
def back_before(answer, c):
    h, cache = run(answer, c, "before")
    return answer.gru_bwd(c["dh"], cache)


@travels
def views(c):
    """Transposed arrays, views with gaps, and a message that repeats one row."""
    return {
        "x": c["x"].transpose(2, 1, 0)[:, ::2],
        "h0": c["h0"][:, ::-1],
        "Wx": c["Wx"].T,
        "Wh": c["Wh"][::2, ::-2],
        "bx": np.broadcast_to(c["bx"], 6),
        "bh": c["bh"][::2],
        "dh": np.broadcast_to(c["dh"], (3, 3, 2)),
    }


@travels
def forward_views(answer, c):
    return forward(answer, views(c))


@travels
def back_after_views(answer, c):
    return back_after(answer, views(c))


@travels
def back_before_views(answer, c):
    return back_before(answer, views(c))


def forward_of_views(c):
    return both_variants(views(c))


def slopes_of_views(variant, c):
    return slopes_of(variant, views(c))


BACK = {2: back_after, 3: back_before}
SLOPES = {2: partial(slopes_of, "after"), 3: partial(slopes_of, "before")}
BACK_VIEWS = {2: back_after_views, 3: back_before_views}
SLOPES_OF_VIEWS = {2: partial(slopes_of_views, "after"), 3: partial(slopes_of_views, "before")}


def with_gaps(rng):
    shapes = {"x": (4, 6, 3), "h0": (3, 2), "Wx": (6, 4), "Wh": (4, 12), "bx": 1, "bh": 12, "dh": 2}
    return {name: rng.normal(size=shape) for name, shape in shapes.items()}


def awkward(rng):
    """Gates far open and far shut, a large state, zeros, twins in one batch."""
    c = network(rng, 4, 3, 2, 3)
    far = rng.choice([-1.0, 1.0], 9)
    made = [{"bx": 40 * far}, {"bh": 800 * far}, {"bx": np.repeat([0.0, 800.0, 0.0], 3)}]
    made += [{"bx": np.repeat([-800.0, -800.0, 0.3], 3)}, {"h0": 30 * c["h0"]}, {"h0": 0 * c["h0"]}]
    made += [{"x": c["x"] * np.array([1.0, 8.0, 1e-4, 0.0])[:, None, None]}, {"x": c["x"][[0, 0, 1, 1]]}]
    return [c | change for change in [*made, {"Wh": 0 * c["Wh"]}]]


@calls({1: forward}, truth=both_variants, visible=True, seeds=2)
def SmallForward(rng):
    "Forward, after and before: two sequences of three steps, two units"
    return {name: value.round(1) for name, value in network(rng, 2, 3, 2, 2).items()}


@calls({1: forward}, truth=both_variants, points=2)
def ForwardManySizes(rng):
    "Forward, both versions, with many sizes: one sequence, one step, one number, one unit, all sizes equal"
    return [network(rng, *size) for size in SIZES]


@calls({1: forward}, truth=both_variants, tolerance=T64n, seeds=2)
def ForwardManySteps(rng):
    "Forward, both versions, through sixty steps"
    return {**network(rng, 2, 60, 2, 3)}


@calls({1: forward}, truth=both_variants, kind="edge")
def ForwardAwkward(rng):
    "Forward, both versions, with gates far open and far shut, a large state, zeros, twins in one batch"
    return [*awkward(rng)]


@calls({1: forward_views}, truth=forward_of_views, seeds=2, kind="edge")
def ForwardViews(rng):
    "Forward, both versions: transposed arrays, views with gaps, a bias that repeats one number"
    return {**with_gaps(rng)}


@probe(task=1, seeds=2)
class PiecesAndWhole:
    "A sequence in two pieces, the second from the state where the first ended"

    def make(rng):
        return network(rng, 3, 7, 4, 5)

    def ask(answer, inputs):
        found = []
        for variant in ("after", "before"):
            first = run(answer, inputs | {"x": inputs["x"][:, :3]}, variant)[0]
            then = {"x": inputs["x"][:, 3:], "h0": first[:, -1]}
            found.append([first, run(answer, inputs | then, variant)[0]])
        return found

    def truth(inputs):
        return [[whole[:, :3], whole[:, 3:]] for whole in both_variants(inputs)]


@probe(task=1, seeds=2, kind="edge")
class ForwardAgain:
    "Two rounds of one size, the second with new numbers in the same arrays"

    def make(rng):
        return {"first": network(rng, 2, 3, 4, 5), "second": network(rng, 2, 3, 4, 5)}

    def ask(answer, inputs):
        arrays = {name: value.copy() for name, value in inputs["first"].items()}
        first = forward(answer, arrays)
        for name, value in inputs["second"].items():
            arrays[name][...] = value
        return [first, forward(answer, arrays)]

    def truth(inputs):
        return [both_variants(inputs["first"]), both_variants(inputs["second"])]


@calls({1: forward}, truth=both_variants, seeds=2, tolerance=T32)
def ForwardSinglePrecision(rng):
    "Forward, both versions: float32 in, float32 out"
    return {name: value.astype(np.float32) for name, value in network(rng, 3, 5, 4, 6).items()}


@calls(BACK, truth=SLOPES, visible=True, seeds=2, kind="gradient")
def SmallBackward(rng):
    "All six gradients: two sequences of three steps, two units"
    return {**network(rng, 2, 3, 3, 2)}


@probe(task=2, points=3, kind="gradient", wrt=("x", "h0", "Wx", "Wh", "bx", "bh"))
class SixStepsAfter:
    "All six gradients, back through six steps, reset after"

    def make(rng):
        return network(rng, 3, 6, 4, 5)

    def ask(answer, inputs):
        return back_after(answer, inputs)

    def value(answer, inputs):
        return (run(answer, inputs, "after")[0] * inputs["dh"]).sum()

    def truth(inputs):
        return slopes_of("after", inputs)


@probe(task=3, points=3, kind="gradient", wrt=("x", "h0", "Wx", "Wh", "bx", "bh"))
class SixStepsBefore:
    "All six gradients, back through six steps, reset before"

    def make(rng):
        return network(rng, 3, 6, 4, 5)

    def ask(answer, inputs):
        return back_before(answer, inputs)

    def value(answer, inputs):
        return (run(answer, inputs, "before")[0] * inputs["dh"]).sum()

    def truth(inputs):
        return slopes_of("before", inputs)


@calls(BACK, truth=SLOPES, kind="gradient")
def ManySizes(rng):
    "All six gradients with many sizes: one sequence, one step, one number, one unit, all sizes equal"
    return [network(rng, *size) for size in SIZES]


@calls(BACK, truth=SLOPES, seeds=2, kind="gradient")
def OneMessageOnly(rng):
    "A message at the last step only, at the first only, in one sequence only, none at all, and tiny ones"
    c = network(rng, 3, 5, 2, 3)
    kept = [np.zeros((3, 5, 3)) for _ in range(4)]
    kept[0][:, -1] = kept[1][:, 0] = kept[2][1] = 1
    return [c | {"dh": c["dh"] * keep} for keep in [*kept, 1e-8]]


@calls(BACK, truth=SLOPES, tolerance=T64n, seeds=2, kind="gradient")
def LongWay(rng):
    "A message at the last of fifty steps, with update gates near 1, that arrives at the first state"
    c = network(rng, 1, 50, 1, 2)
    bx = 0.1 * c["bx"] + np.repeat([0.0, 4.0, 0.0], 2)
    dh = c["dh"] * (np.arange(50) == 49)[:, None]
    return c | {"x": 0.3 * c["x"], "bx": bx, "dh": dh}


@calls(BACK, truth=SLOPES, kind="edge")
def BackwardAwkward(rng):
    "All six gradients with gates far open and far shut, a large state, zeros, twins in one batch"
    return [*awkward(rng)]


@calls(BACK_VIEWS, truth=SLOPES_OF_VIEWS, seeds=2, kind="edge")
def BackwardViews(rng):
    "All six gradients: transposed arrays, views with gaps, a message that repeats one row"
    return {**with_gaps(rng)}


@travels
def two_at_once(answer, c, variant):
    """Forward passes of two networks and of the other version before the first way back; one cache twice."""
    first, second = c["first"], c["second"]
    h1, one = run(answer, first, variant)
    h2, two = run(answer, second, variant)
    run(answer, second, "after" if variant == "before" else "before")
    back = [answer.gru_bwd(first["dh"], one), answer.gru_bwd(second["dh"], two)]
    return [h1, h2, *back, answer.gru_bwd(second["dh"], one), answer.gru_bwd(first["dh"], one)]


@travels
def two_after(answer, c):
    return two_at_once(answer, c, "after")


@travels
def two_before(answer, c):
    return two_at_once(answer, c, "before")


def two_truths(variant, c):
    first, second = c["first"], c["second"]
    one, other = slopes_of(variant, first), slopes_of(variant, first | {"dh": second["dh"]})
    values = [number_by_number(variant, first), number_by_number(variant, second)]
    return [*values, one, slopes_of(variant, second), other, one]


TWO_TRUTHS = {2: partial(two_truths, "after"), 3: partial(two_truths, "before")}


@calls({2: two_after, 3: two_before}, truth=TWO_TRUTHS, seeds=2, kind="gradient")
def TwoAtOnce(rng):
    "Several forward passes before the first backward pass, and one cache sent back twice"
    return {"first": network(rng, 2, 3, 3, 4), "second": network(rng, 2, 3, 3, 4)}


@travels
def again(back, answer, c):
    arrays = {name: value.copy() for name, value in c["first"].items()}
    first = back(answer, arrays)
    for name, value in c["second"].items():
        arrays[name][...] = value
    return [first, back(answer, arrays)]


@travels
def again_after(answer, c):
    return again(back_after, answer, c)


@travels
def again_before(answer, c):
    return again(back_before, answer, c)


def again_truths(variant, c):
    return [slopes_of(variant, c["first"]), slopes_of(variant, c["second"])]


AGAIN_TRUTHS = {2: partial(again_truths, "after"), 3: partial(again_truths, "before")}


@calls({2: again_after, 3: again_before}, truth=AGAIN_TRUTHS, seeds=2, kind="edge")
def BackwardAgain(rng):
    "There and back twice, the second time with new numbers in the same arrays"
    return {"first": network(rng, 2, 3, 3, 4), "second": network(rng, 2, 3, 3, 4)}


@travels
def emptied(back, answer, c):
    """Each result is copied and then filled with zeros; another that is the same memory shows them."""
    kept = []
    for slope in back(answer, c):
        kept.append(slope.copy())
        slope[...] = 0
    return kept


@travels
def emptied_after(answer, c):
    return emptied(back_after, answer, c)


@travels
def emptied_before(answer, c):
    return emptied(back_before, answer, c)


@calls({2: emptied_after, 3: emptied_before}, truth=SLOPES, kind="edge")
def WrittenInto(rng):
    "Somebody writes into one result, and then looks at the others"
    return {**network(rng, 2, 3, 3, 4)}


@calls(BACK, truth=SLOPES, seeds=2, tolerance=T32, kind="gradient")
def BackwardSinglePrecision(rng):
    "All six gradients: float32 in, float32 out"
    return {name: value.astype(np.float32) for name, value in network(rng, 3, 5, 4, 3).items()}
