"""Dropout: what is kept is compared number by number; the coins come out, and are counted outside."""

from math import comb

import numpy as np

from grader.language import EXACT, T32, calls, chi_square, probe, residual, travels

GROUP = 8


def layer(rng, *shape, dtype="float64"):
    """Numbers away from zero, a message with both signs, a chance, and the state of a generator."""
    x = rng.uniform(0.5, 3.0, shape) * rng.choice([-1.0, 1.0], shape)
    return {
        "x": x.astype(dtype),
        "dy": rng.standard_normal(shape).astype(dtype),
        "p": round(float(rng.uniform(0.15, 0.6)), 3),
        "seed": int(rng.integers(2**31)),
    }


def forward_only(made):
    return {"x": made["x"], "p": made["p"], "seed": made["seed"]}


@travels
def all_kept(answer, c):
    """Many calls: what each number of y is when it is not 0 (0 if it always is)."""
    rng, kept = np.random.default_rng(c["seed"]), 0 * c["x"]
    for _ in range(150):
        y, mask = answer.dropout_fwd(c["x"], c["p"], rng, True)
        kept = np.where(y != 0, y, kept)
    return kept


@travels
def all_messages(answer, c):
    """Many calls: what each number of dx is when it was kept, and when it was dropped."""
    rng, kept, dropped = np.random.default_rng(c["seed"]), 0 * c["dy"], 0 * c["dy"] + 1
    for _ in range(150):
        y, mask = answer.dropout_fwd(c["x"], c["p"], rng, True)
        alive = y != 0
        y *= 0
        dx = answer.dropout_bwd(c["dy"], mask)
        kept, dropped = np.where(alive, dx, kept), np.where(alive, dropped, dx)
    return {"kept": kept, "dropped": dropped}


@travels
def with_gaps(c):
    return c | {name: c[name][::2, ::-3].T for name in ("x", "dy") if name in c}


@travels
def kept_of_views(answer, c):
    return all_kept(answer, with_gaps(c))


@travels
def messages_of_views(answer, c):
    return all_messages(answer, with_gaps(c))


@travels
def at_the_ends(answer, c):
    """p = 0, p = 1 and no training, each forward and backward."""
    results = []
    for p, train in ((0, True), (0.0, True), (1, True), (1.0, True), (0.4, False), (1, False)):
        rng = np.random.default_rng(c["seed"]) if train or p == 1 else None
        y, mask = answer.dropout_fwd(c["x"], p, rng, train)
        results.append(answer.dropout_bwd(c["dy"], mask) if "dy" in c else y)
    return results


@travels
def dropped_in_groups(numbers, size):
    """How many zeros lie in each group of so many numbers."""
    return (numbers.reshape(-1, size) == 0).sum(axis=1)


@travels
def along_rows(answer, c):
    x = c["x"]
    y, mask = answer.dropout_fwd(x, c["p"], np.random.default_rng(c["seed"]), True)
    return dropped_in_groups(y + 0 * x, 8)


@travels
def along_columns(answer, c):
    x = c["x"]
    y, mask = answer.dropout_fwd(x, c["p"], np.random.default_rng(c["seed"]), True)
    return dropped_in_groups((y + 0 * x).T, 8)


@travels
def across_blocks(answer, c):
    """Groups of eight along the first axis in one call, and along the second in another."""
    rng, x = np.random.default_rng(c["seed"]), c["x"]
    found = []
    for axis in (0, 1):
        y, mask = answer.dropout_fwd(x, c["p"], rng, True)
        found.append(dropped_in_groups(np.moveaxis(y + 0 * x, axis, -1), 8))
    return np.concatenate(found)


@travels
def over_calls(answer, c):
    """Many calls with eight numbers: zeros of each call, and of each place in eight calls."""
    rng, x = np.random.default_rng(c["seed"]), c["x"]
    ys = np.array([answer.dropout_fwd(x, c["p"], rng, True)[0].ravel() for _ in range(320)])
    return np.concatenate([dropped_in_groups(ys, 8), dropped_in_groups(ys.T, 8)])


@travels
def messages_to_zeros(answer, c):
    y, mask = answer.dropout_fwd(0 * c["dy"], c["p"], np.random.default_rng(c["seed"]), True)
    return dropped_in_groups(answer.dropout_bwd(c["dy"], mask), 8)


def binomial(draws, p):
    chances = [comb(GROUP, k) * p**k * (1 - p) ** (GROUP - k) for k in range(GROUP + 1)]
    return {"probabilities": np.array(chances), "draws": draws}


def coins_of_one_call(c):
    return binomial(c.get("x", c.get("dy")).size // GROUP, c["p"])


def coins_of_two_calls(c):
    return binomial(2 * c["x"].size // GROUP, c["p"])


def coins_of_many_calls(c):
    return binomial(640, c["p"])


def scaled(c):
    return c["x"] / c["x"].dtype.type(1 - c["p"])


def scaled_message(c):
    """From the formula: the slope of x / (1 - p) in x, times dy."""
    return {"kept": c["dy"] / c["dy"].dtype.type(1 - c["p"]), "dropped": 0 * c["dy"]}


def scaled_views(c):
    return scaled(with_gaps(c))


def scaled_message_views(c):
    return scaled_message(with_gaps(c))


def ends(c):
    numbers = c.get("dy", c["x"])
    return [factor * numbers for factor in (1, 1, 0, 0, 1, 1)]


def from_rng_alone(inputs, got):
    """0 if the same state drops the same numbers and another state drops others; else what is wrong."""
    first, again, other = got
    shape = inputs["x"].shape
    if not all(isinstance(y, np.ndarray) and y.shape == shape for y in got):
        return f"y must be an array of the shape of x, {shape}."
    if not np.array_equal(first, again):
        return "called twice with rng in the same state, it dropped other numbers. Draw from rng alone."
    if np.array_equal(first, other):
        return "it dropped the same numbers for two states of rng. Draw from rng, and from nothing else."
    return 0.0


# ---- task 1 ----------------------------------------------------------------------------------------


@calls({1: all_kept}, truth=scaled, visible=True, seeds=2)
def WhatIsKept(rng):
    "what the numbers of a small table become when they are kept (collected over many calls)"
    return {**forward_only(layer(rng, 2, 3))}


@calls({1: at_the_ends}, truth=ends, visible=True, seeds=1, tolerance=EXACT)
def NothingDropped(rng):
    "y with p = 0, with p = 1, and without training"
    return {**forward_only(layer(rng, 2, 3))}


@calls({1: along_rows}, truth=coins_of_one_call, visible=True, seeds=1, judge=chi_square(p=1e-8))
def CoinsInSmallRows(rng):
    "how many numbers are dropped in each row of eight"
    return {**forward_only(layer(rng, 300, 8))}


@calls({1: all_kept}, truth=scaled, points=2)
def WhatIsKeptInManyShapes(rng):
    "what kept numbers become, in an array with three axes"
    return {**forward_only(layer(rng, 3, 5, 2))}


@calls({1: kept_of_views}, truth=scaled_views, seeds=2, kind="edge")
def WhatIsKeptInViews(rng):
    "views with gaps, back to front"
    return {**forward_only(layer(rng, 5, 9))}


@calls({1: all_kept}, truth=scaled, seeds=2, tolerance=T32)
def WhatIsKeptInFloat32(rng):
    "float32 in, float32 out"
    return {**forward_only(layer(rng, 4, 3, dtype="float32"))}


@calls({1: along_rows}, truth=coins_of_one_call, judge=chi_square(p=1e-8))
def CoinsAlongRows(rng):
    "how many of eight neighbours in a row are dropped, in a large table"
    return {**forward_only(layer(rng, 56, 64))}


@calls({1: along_columns}, truth=coins_of_one_call, judge=chi_square(p=1e-8))
def CoinsAlongColumns(rng):
    "how many of eight neighbours in a column are dropped, in a large table"
    return {**forward_only(layer(rng, 64, 40))}


@calls({1: across_blocks}, truth=coins_of_two_calls, judge=chi_square(p=1e-8))
def CoinsAcrossBlocks(rng):
    "four axes: how many of eight neighbours are dropped, along the first axis and along the second"
    return {**forward_only(layer(rng, 8, 8, 6, 8))}


@calls({1: along_rows}, truth=coins_of_one_call, seeds=2, judge=chi_square(p=1e-8), kind="edge")
def CoinsThatRarelyFall(rng):
    "how many of eight neighbours are dropped when p is a few thousandths"
    return {**forward_only(layer(rng, 200, 64)), "p": round(float(rng.uniform(0.001, 0.004)), 5)}


@calls({1: over_calls}, truth=coins_of_many_calls, judge=chi_square(p=1e-8))
def CoinsOverCalls(rng):
    "how many of eight numbers are dropped in each call, and each of them in eight calls"
    return {**forward_only(layer(rng, 2, 4))}


@calls({1: at_the_ends}, truth=ends, seeds=2, tolerance=EXACT, kind="edge")
def Ends(rng):
    "p = 0, p = 1 and no training, in float64"
    return {**forward_only(layer(rng, 7, 3))}


@calls({1: at_the_ends}, truth=ends, seeds=2, tolerance=EXACT, kind="edge")
def EndsInFloat32(rng):
    "p = 0, p = 1 and no training, in float32, with numbers and with none"
    return [forward_only(layer(rng, *shape, dtype="float32")) for shape in ((5,), (0, 3))]


@probe(task=1, seeds=2, tolerance=EXACT, kind="edge", veto=True)
class EmptyAndSingle:
    "arrays without entries, and the two values that a single number can take"

    def make(rng):
        return {"seed": int(rng.integers(2**31)), "x": rng.uniform(1, 2, 1)}

    def ask(answer, inputs):
        rng, x = np.random.default_rng(inputs["seed"]), inputs["x"]
        empty = [answer.dropout_fwd(np.zeros(shape), 0.3, rng, True)[0] for shape in ((0,), (3, 0))]
        single = [float(answer.dropout_fwd(x, 0.5, rng, True)[0][0] / x[0]) for _ in range(40)]
        return [*empty, sorted(set(single))]

    def truth(inputs):
        return [np.zeros(0), np.zeros((3, 0)), [0.0, 2.0]]


@probe(task=1, seeds=2, judge=residual(below=0.5), veto=True)
class FromTheGenerator:
    "the same state of rng drops the same numbers, another state drops others"

    def make(rng):
        return forward_only(layer(rng, 6, 11)) | {"p": 0.5}

    def ask(answer, inputs):
        seeds = (inputs["seed"], inputs["seed"], inputs["seed"] + 1)
        return [answer.dropout_fwd(inputs["x"], 0.5, np.random.default_rng(seed), True)[0] for seed in seeds]

    def judge(inputs, got):
        return from_rng_alone(inputs, got)


@probe(task=1, seeds=2, tolerance=EXACT, veto=True)
class NewArrayForward:
    "x after somebody has written into y, with and without training"

    def make(rng):
        return forward_only(layer(rng, 3, 4))

    def ask(answer, inputs):
        results = []
        for p, train in ((inputs["p"], False), (0, True), (inputs["p"], True)):
            x = inputs["x"].copy()
            y, mask = answer.dropout_fwd(x, p, np.random.default_rng(inputs["seed"]), train)
            y[...] = 77.0
            results.append(x)
        return results


@probe(task=1, tolerance=EXACT)
class EarlierResultsStay:
    "two results of equal shape without training, looked at after both calls"

    def make(rng):
        return {"one": layer(rng, 3, 4)["x"], "other": layer(rng, 3, 4)["x"]}

    def ask(answer, inputs):
        rng = np.random.default_rng(0)
        kept = [answer.dropout_fwd(inputs[name], 0.0, rng, True)[0] for name in ("one", "other")]
        return kept + [answer.dropout_fwd(inputs[name], 0.5, None, False)[0] for name in ("other", "one")]

    def truth(inputs):
        return [inputs["one"], inputs["other"], inputs["other"], inputs["one"]]


# ---- task 2 ----------------------------------------------------------------------------------------


@calls({2: all_messages}, truth=scaled_message, visible=True, seeds=2, kind="gradient")
def SmallMessages(rng):
    "the message to numbers that were kept, and to those that were dropped"
    return {**layer(rng, 2, 3)}


@calls({2: at_the_ends}, truth=ends, visible=True, seeds=1, tolerance=EXACT, kind="gradient")
def MessagesWithNothingDropped(rng):
    "dx with p = 0, with p = 1, and without training"
    return {**layer(rng, 2, 3)}


@calls({2: all_messages}, truth=scaled_message, points=2, kind="gradient")
def Messages(rng):
    "kept and dropped numbers, in an array with three axes"
    return {**layer(rng, 3, 2, 5)}


@probe(task=2, kind="gradient", wrt=("x",))
class MessagesAgainstDifferences:
    "the message to what was kept, proven by differences"

    def make(rng):
        return layer(rng, 4, 3)

    def ask(answer, inputs):
        return all_messages(answer, inputs)["kept"]

    def value(answer, inputs):
        return float((all_kept(answer, inputs) * inputs["dy"]).sum())

    def truth(inputs):
        return scaled_message(inputs)["kept"]


@calls({2: messages_of_views}, truth=scaled_message_views, seeds=2, kind="edge")
def MessagesOfViews(rng):
    "views with gaps, back to front"
    return {**layer(rng, 5, 9)}


@calls({2: all_messages}, truth=scaled_message, seeds=2, tolerance=T32, kind="gradient")
def MessagesInFloat32(rng):
    "float32 in, float32 gradients out"
    return {**layer(rng, 4, 3, dtype="float32")}


@calls({2: messages_to_zeros}, truth=coins_of_one_call, judge=chi_square(p=1e-8), kind="gradient")
def MessagesToZeros(rng):
    "numbers that were 0 before dropout: how many of eight get no message"
    made = layer(rng, 60, 40)
    return {"dy": made["dy"], "p": made["p"], "seed": made["seed"]}


@calls({2: at_the_ends}, truth=ends, seeds=2, tolerance=EXACT, kind="gradient")
def MessagesAtTheEnds(rng):
    "dx with p = 0, with p = 1, and without training, in float64"
    return {**layer(rng, 7, 3)}


@calls({2: at_the_ends}, truth=ends, seeds=2, tolerance=EXACT, kind="gradient")
def MessagesAtTheEndsInFloat32(rng):
    "dx with p = 0, with p = 1, and without training, in float32, with numbers and with none"
    return [layer(rng, *shape, dtype="float32") for shape in ((5,), (0, 3))]


@probe(task=2, kind="gradient")
class SeveralAtOnce:
    "three forward calls before the first backward call, and one mask used twice"

    def make(rng):
        first, second = layer(rng, 3, 4), layer(rng, 3, 4)
        return {"layers": [first, second], "again": rng.standard_normal((3, 4)), "seed": first["seed"]}

    def ask(answer, inputs):
        rng = np.random.default_rng(inputs["seed"])
        one, two = inputs["layers"]
        messages = [(one["dy"], 0), (two["dy"], 1), (inputs["again"], 0)]
        kept, dropped = [0 * dy for dy, _ in messages], [0 * dy + 1 for dy, _ in messages]
        for _ in range(150):
            made = [answer.dropout_fwd(c["x"], c["p"], rng, True) for c in (one, two)]
            answer.dropout_fwd(one["x"], 0.5, None, False)
            alive = [y != 0 for y, _ in made]
            found = [answer.dropout_bwd(dy, made[which][1]) for dy, which in messages]
            for n, (_, which) in enumerate(messages):
                kept[n] = np.where(alive[which], found[n], kept[n])
                dropped[n] = np.where(alive[which], dropped[n], found[n])
        return {"kept": kept, "dropped": dropped}

    def truth(inputs):
        one, two = inputs["layers"]
        messages = [(one["dy"], one["p"]), (two["dy"], two["p"]), (inputs["again"], one["p"])]
        return {
            "kept": [dy / (1 - p) for dy, p in messages],
            "dropped": [0 * dy for dy, _ in messages],
        }


@probe(task=2, seeds=2, tolerance=EXACT, veto=True)
class NewArrayBackward:
    "dy after somebody has written into dx, and what the mask says then"

    def make(rng):
        return layer(rng, 3, 4)

    def ask(answer, inputs):
        results = []
        for p, train in ((0.5, False), (0, True), (1, True)):
            dy = inputs["dy"].copy()
            y, mask = answer.dropout_fwd(inputs["x"], p, np.random.default_rng(inputs["seed"]), train)
            y[...] = 55.0
            dx = answer.dropout_bwd(dy, mask)
            dx[...] = 77.0
            results += [dy, answer.dropout_bwd(inputs["dy"], mask)]
        return results
