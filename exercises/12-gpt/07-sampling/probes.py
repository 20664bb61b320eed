"""What sampling is asked: the probabilities with every knob; then thousands of draws, counted outside."""

import math

import numpy as np

from grader.language import EXACT, Tolerance, calls, chi_square, travels


def slow_probs(logits, temperature, top_k, top_p):
    """One token at a time, from the most likely one down, with exact sums."""
    scores = [float(score) for score in logits]
    ranked = sorted(range(len(scores)), key=lambda token: (-scores[token], token))
    if temperature == 0:
        kept, weights = ranked[:1], [1.0]
    else:
        kept = ranked if top_k is None else ranked[:top_k]
        weights = [math.exp((scores[token] - scores[ranked[0]]) / temperature) for token in kept]
        total, mass, enough = math.fsum(weights), [], len(kept)
        for rank, weight in enumerate(weights):
            mass.append(weight)
            if top_p is not None and top_p < 1 and math.fsum(mass) >= top_p * total:
                enough = rank + 1
                break
        kept, weights = kept[:enough], weights[:enough]
    found = np.zeros(len(scores))
    for token, weight in zip(kept, weights, strict=True):
        found[token] = weight / math.fsum(weights)
    return found


def border(logits, temperature, top_k, rng):
    """A top_p in the middle of a step, so that no rounding decides; and how many tokens it keeps."""
    p = np.sort(slow_probs(logits, temperature, top_k, None))[::-1]
    sums = np.concatenate([[0.0], np.cumsum(p[p > 0])])
    wide = np.flatnonzero(np.diff(sums) > 1e-3)
    step = int(rng.choice(wide))
    share = float(rng.uniform(0.3, 0.7))
    return float(sums[step] * (1 - share) + sums[step + 1] * share)


def case(rng, V, temperature=1.0, top_k=None, nucleus=False, scale=2.0):
    logits = scale * rng.standard_normal(V)
    top_p = border(logits, temperature, top_k, rng) if nucleus else None
    return {"logits": logits, "temperature": temperature, "top_k": top_k, "top_p": top_p}


@calls({1: "probs"}, truth=slow_probs, visible=True, seeds=2)
def EachKnobAlone(rng):
    "Five tokens: as they are, cooler, warmer, with top-k, and with top-p"
    c = case(rng, 5, nucleus=True)
    c["logits"] = c["logits"].round(2)
    c["top_p"] = border(c["logits"], 1.0, None, rng)
    plain = c | {"top_p": None}
    return [
        plain,
        plain | {"temperature": 0.5},
        plain | {"temperature": 2.0},
        plain | {"top_k": 3},
        c,
    ]


@calls({1: "probs"}, truth=slow_probs, points=2)
def TemperatureOnly(rng):
    "Temperatures from 0.1 to 10"
    return [case(rng, V, t) for V, t in ((7, 0.1), (11, 0.7), (4, 1.0), (23, 1.3), (6, 10.0))]


@calls({1: "probs"}, truth=slow_probs, points=2)
def TopK(rng):
    "top-k from 1 to more than there are tokens, at several temperatures"
    ks = ((9, 1), (9, 2), (12, 5), (12, 11), (6, 6), (6, 7), (5, 1000))
    return [case(rng, V, float(rng.uniform(0.4, 2)), k) for V, k in ks]


@calls({1: "probs"}, truth=slow_probs, points=2, seeds=5)
def TopP(rng):
    "top-p at many places, at several temperatures"
    return [case(rng, V, float(rng.uniform(0.4, 2)), None, True) for V in (3, 6, 9, 14, 30, 30)]


@calls({1: "probs"}, truth=slow_probs, points=2, seeds=5)
def AllThree(rng):
    "temperature, top-k and top-p together"
    sizes = ((6, 3), (9, 5), (12, 4), (20, 15), (20, 40))
    return [case(rng, V, float(rng.uniform(0.3, 2.5)), k, True, 1.2) for V, k in sizes]


@calls({1: "probs"}, truth=slow_probs, seeds=2, kind="edge")
def NothingDropped(rng):
    "top_p = 1, with a long tail of tokens that are nearly impossible; top_p so small that one token stays"
    logits = 40.0 * -np.arange(8.0) + rng.standard_normal(8)
    logits = logits[rng.permutation(8)]
    plain = {"logits": logits, "temperature": 1.0, "top_k": None}
    level = rng.standard_normal(9)
    near = {"logits": level, "temperature": 1.0, "top_k": None}
    return [
        plain | {"top_p": 1.0},
        plain | {"top_p": 1},
        plain | {"temperature": 100.0, "top_p": 1.0},
        near | {"top_p": 1e-9},
        near | {"top_k": 4, "top_p": 1e-12},
        near | {"temperature": 5.0, "top_p": 0.01},
    ]


@travels
def tail(answer, c):
    """The logarithm of the probabilities, so that a tiny one that was dropped shows."""
    p = answer.probs(c["logits"], c["temperature"], c["top_k"], c["top_p"])
    return np.log(np.maximum(p, 1e-300))


def slow_tail(c):
    return np.log(np.maximum(slow_probs(c["logits"], c["temperature"], c["top_k"], c["top_p"]), 1e-300))


@calls({1: tail}, truth=slow_tail, seeds=2, tolerance=Tolerance(1e-7, 1e-7), kind="edge")
def TinyProbabilities(rng):
    "Probabilities from 1 down to 1e-100 and exact zeros, looked at as logarithms"
    logits = (30.0 * -np.arange(8.0) + rng.standard_normal(8))[rng.permutation(8)]
    plain = {"logits": logits, "temperature": 1.0, "top_k": None, "top_p": None}
    return [plain, plain | {"top_p": 1.0}, plain | {"top_k": 5}, plain | {"top_k": 8, "top_p": 1.0}]


@calls({1: "probs"}, truth=slow_probs, kind="edge")
def Ties(rng):
    "Tokens that are equally likely, at the border of top-k, of top-p, and at temperature 0"
    V = 8
    level = np.full(V, float(rng.standard_normal()))
    steps = np.repeat([2.0, 1.0, 0.0], [2, 4, 3])[rng.permutation(9)]
    middle = border(steps, 1.0, None, rng)
    return [
        {"logits": level, "temperature": 0.7, "top_k": 3, "top_p": None},
        {"logits": level, "temperature": 1.0, "top_k": None, "top_p": 0.3125},
        {"logits": level, "temperature": 2.0, "top_k": 4, "top_p": 0.6},
        {"logits": level, "temperature": 0, "top_k": None, "top_p": None},
        {"logits": steps, "temperature": 1.0, "top_k": 4, "top_p": None},
        {"logits": steps, "temperature": 1.0, "top_k": 1, "top_p": None},
        {"logits": steps, "temperature": 1.0, "top_k": None, "top_p": middle},
        {"logits": steps, "temperature": 0.0, "top_k": 3, "top_p": 0.9},
        {"logits": rng.integers(0, 4, 90), "temperature": 1.0, "top_k": 41, "top_p": None},
    ]


@calls({1: "probs"}, truth=slow_probs, kind="edge")
def ZeroAndNearlyZero(rng):
    "Temperature 0, and temperatures so small that scores grow to millions, also of equals"
    c = case(rng, 9)
    level = np.repeat(rng.standard_normal(2), [3, 4])[rng.permutation(7)]
    return [
        c | {"temperature": 0},
        c | {"temperature": 0.0, "top_k": 3, "top_p": 0.01},
        c | {"temperature": 1e-6},
        c | {"temperature": 1e-6, "top_k": 4, "top_p": 0.5},
        c | {"temperature": 1e6, "top_k": 4},
        c | {"logits": level, "temperature": 1e-6},
        c | {"logits": level, "temperature": 1e-6, "top_k": 2},
    ]


@calls({1: "probs"}, truth=slow_probs, seeds=2, kind="edge")
def HugeAndImpossible(rng):
    "Scores of thousands, above and below zero, and scores of -inf"
    logits = rng.standard_normal(7)
    none = logits.copy()
    none[rng.choice(7, 3, replace=False)] = -np.inf
    return [
        {"logits": logits + 9000, "temperature": 1.0, "top_k": None, "top_p": None},
        {"logits": logits - 9000, "temperature": 0.5, "top_k": 4, "top_p": None},
        {"logits": 9000 * logits, "temperature": 1.0, "top_k": None, "top_p": 0.5},
        {"logits": none, "temperature": 0.8, "top_k": None, "top_p": None},
        {"logits": none, "temperature": 1.5, "top_k": 6, "top_p": 0.999999},
        {"logits": none, "temperature": 0, "top_k": None, "top_p": None},
        {"logits": none, "temperature": 1.0, "top_k": 2, "top_p": 1.0},
    ]


@calls({1: "probs"}, truth=slow_probs, seeds=2)
def OtherTypes(rng):
    "Scores of float32 and whole numbers of all types, one token only, and scores in reverse order"
    c = case(rng, 10, 0.9, 6, True)
    turned = c["logits"][::-1]
    return [
        c | {"logits": c["logits"].astype("float32")},
        c | {"logits": rng.permutation(10), "top_p": None},
        c | {"logits": c["logits"][:1], "top_p": 0.5},
        c | {"logits": turned},
        c | {"logits": np.arange(3), "temperature": 2, "top_k": None, "top_p": None},
        c | {"logits": np.array([3, 200, 198, 90], dtype=np.uint8), "top_k": None, "top_p": None},
        c | {"logits": np.array([-100, 100, 99, -128], dtype=np.int8), "top_k": 3, "top_p": None},
    ]


# ---- draws -------------------------------------------------------------------------------------------


@travels
def draws(answer, c):
    """Many draws of one generator."""
    rng = np.random.default_rng(c["seed"])
    np.random.seed(7)
    settings = c["logits"], c["temperature"], c["top_k"], c["top_p"]
    return np.array([answer.sample(*settings, rng) for _ in range(c["count"])])


@travels
def pairs_of_draws(answer, c):
    """Two draws after each other, as one number, many times."""
    rng, V = np.random.default_rng(c["seed"]), len(c["logits"])
    settings = c["logits"], c["temperature"], c["top_k"], c["top_p"]
    found = []
    for _ in range(c["count"]):
        one, two = (answer.sample(*settings, rng) for _ in range(2))
        found.append(one * V + two)
    return np.array(found)


def exact_shares(c):
    p = slow_probs(c["logits"], c["temperature"], c["top_k"], c["top_p"])
    return {"probabilities": p, "draws": c["count"]}


def exact_pairs(c):
    p = slow_probs(c["logits"], c["temperature"], c["top_k"], c["top_p"])
    return {"probabilities": np.outer(p, p).reshape(-1), "draws": c["count"]}


def to_draw(rng, count, **settings):
    return case(rng, **settings) | {"count": count, "seed": int(rng.integers(2**31))}


@calls({2: draws}, truth=exact_shares, visible=True, seeds=1, judge=chi_square(p=1e-8))
def FewTokens(rng):
    "1,500 draws from six tokens"
    return to_draw(rng, 1500, V=6, temperature=0.8)


@calls({2: draws}, truth=exact_shares, points=2, seeds=1, judge=chi_square(p=1e-8))
def ManyDraws(rng):
    "12,000 draws from the eleven best of fifteen tokens, at a temperature of its own"
    return to_draw(rng, 12_000, V=15, temperature=float(rng.uniform(0.5, 2)), top_k=11, scale=0.7)


@calls({2: draws}, truth=exact_shares, points=2, seeds=2, judge=chi_square(p=1e-8))
def DrawsWithAllThree(rng):
    "4,000 draws with temperature, top-k and top-p, where each knob and their order show"
    logits = (-0.5 * np.arange(12) + rng.uniform(-0.02, 0.02, 12))[rng.permutation(12)]
    return {
        "logits": logits,
        "temperature": 2.0,
        "top_k": 8,
        "top_p": 0.7,
        "count": 4_000,
        "seed": int(rng.integers(2**31)),
    }


@calls({2: pairs_of_draws}, truth=exact_pairs, seeds=1, judge=chi_square(p=1e-8))
def DrawsOneAfterTheOther(rng):
    "Pairs of draws, one after the other"
    return to_draw(rng, 2_500, V=4, temperature=1.2, scale=0.8)


@travels
def greedy(answer, c):
    """Draws at temperature 0 and with top_k = 1, and their type."""
    rng = np.random.default_rng(c["seed"])
    found = [answer.sample(c["logits"], 0, None, None, rng) for _ in range(20)]
    found += [answer.sample(c["logits"], 1.5, 1, None, rng) for _ in range(20)]
    return [found, all(type(token) is int for token in found)]


def always_the_best(c):
    return [[int(np.argmax(c["logits"]))] * 40, True]


@calls({2: greedy}, truth=always_the_best, veto=True, tolerance=EXACT, kind="edge")
def NothingLeftToChance(rng):
    "Forty draws where one token has all of the probability; each is an int of Python"
    return [
        {"logits": rng.standard_normal(9), "seed": int(rng.integers(2**31))},
        {"logits": np.zeros(5), "seed": int(rng.integers(2**31))},
        {"logits": -rng.permutation(4).astype("float32"), "seed": 3},
    ]


@travels
def same_state(answer, c):
    """Whether two generators in the same state give the same 30 draws, and whether the draws differ."""
    settings = c["logits"], c["temperature"], c["top_k"], c["top_p"]
    runs = []
    for _ in range(2):
        rng = np.random.default_rng(c["seed"])
        runs.append([answer.sample(*settings, rng) for _ in range(60)])
    return [runs[0] == runs[1], len(set(runs[0])) > 1]


def yes(c):
    return [True, True]


@calls({2: same_state}, truth=yes, veto=True, seeds=2, tolerance=EXACT)
def OneSourceOfChance(rng):
    "Two generators in the same state give the same tokens"
    return to_draw(rng, 1, V=20, temperature=3.0)
