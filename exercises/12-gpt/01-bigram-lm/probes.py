"""What a table of counts is asked: documents of all lengths and types, real prose, other tables."""

import math

import numpy as np

from grader.language import T32, T64n, calls, probe, travels


def some_docs(rng, V, sizes, dtype="int64"):
    """Tokens with favourites, so that pairs come again and again; the last token of all never occurs."""
    share = rng.dirichlet(np.full(max(V - 1, 1), 0.5))
    return [rng.choice(len(share), size, p=share).astype(dtype) for size in sizes]


def some_table(rng, V, dtype="float64"):
    """Log-probabilities of no particular counts; the rows add up to 1."""
    table = 2 * rng.standard_normal((V, V))
    table -= np.log(np.exp(table).sum(axis=1, keepdims=True))
    return table.astype(dtype)


def slow_fit(docs, V, alpha):
    """One pair at a time, and one logarithm at a time, with whole numbers as counts."""
    counts = [[0] * V for _ in range(V)]
    for ids in docs:
        tokens = ids.tolist()
        for place in range(1, len(tokens)):
            counts[tokens[place - 1]][tokens[place]] += 1
    rows = [[math.log((n + alpha) / (sum(row) + V * alpha)) for n in row] for row in counts]
    return np.array(rows).reshape(V, V)


def slow_perplexity(logp, docs):
    surprises = []
    for ids in docs:
        tokens = ids.tolist()
        surprises += [-float(logp[a, b]) for a, b in zip(tokens, tokens[1:], strict=False)]
    mean = math.fsum(surprises) / len(surprises) if math.inf not in surprises else math.inf
    return math.exp(mean) if mean < math.inf else math.inf


@calls({1: "fit_counts"}, truth=slow_fit, visible=True, seeds=2)
def TwoDocuments(rng):
    "The table of two short documents"
    return {"docs": some_docs(rng, 4, (8, 5)), "V": 4, "alpha": 0.5}


@calls({1: "fit_counts"}, truth=slow_fit, points=3)
def ManyDocuments(rng):
    "Tables of many documents, for several V and alpha"
    return [
        {"docs": some_docs(rng, V, sizes), "V": V, "alpha": alpha}
        for V, sizes, alpha in (
            (5, (40,), 1.0),
            (7, (30, 2, 9, 25), 0.25),
            (3, (60, 70), 0.001),
            (11, (6, 5, 4, 3), 7.5),
            (9, [int(n) for n in rng.integers(1, 12, 15)], float(rng.uniform(0.1, 2))),
        )
    ]


@calls({1: "fit_counts"}, truth=slow_fit, kind="edge")
def ShortDocuments(rng):
    "No documents, empty ones, single tokens, one token again and again, and a vocabulary of one"
    one = rng.integers(0, 5, 1)
    return [
        {"docs": [], "V": 3, "alpha": 0.5},
        {"docs": [one[:0], one, one[:0]], "V": 5, "alpha": 2},
        {"docs": [one, np.array([1, 3]), one[:0], np.array([3, 1])], "V": 5, "alpha": 0.1},
        {"docs": [np.full(int(rng.integers(5, 40)), 2), np.array([2, 0])], "V": 4, "alpha": 1},
        {"docs": [np.zeros(int(rng.integers(2, 9)), dtype="int64")], "V": 1, "alpha": 0.5},
    ]


@calls({1: "fit_counts"}, truth=slow_fit, seeds=2, kind="edge")
def NarrowTypes(rng):
    "Tokens of uint8 and int16, in tables with more places than those types have numbers"
    return [
        {"docs": [79 - d for d in some_docs(rng, 40, (300, 200), "uint8")], "V": 80, "alpha": 0.5},
        {"docs": [184 - d for d in some_docs(rng, 30, (200, 90), "int16")], "V": 185, "alpha": 0.3},
    ]


@travels
def through_views(docs, V, alpha):
    return [ids[::-2] for ids in docs], V, alpha


@calls({1: "fit_counts"}, truth=slow_fit, through=through_views, seeds=2, kind="edge")
def BackwardViews(rng):
    "Documents that are views with gaps, read backward"
    return {"docs": some_docs(rng, 6, (31, 12, 1)), "V": 6, "alpha": 0.4}


def prose(rng):
    """Two neighbouring pieces of the corpus, as bytes."""
    from corpus import text

    letters = sorted(set(text()))
    place = int(rng.integers(0, 380_000))
    ids = np.array([letters.index(c) for c in text()[place : place + 18_000]], dtype="uint8")
    return ids[:15_000], ids[15_000:]


@probe(task=1, seeds=2)
class RealProse:
    "The table of 15,000 letters of a real text"

    def make(rng):
        seen, _ = prose(rng)
        cuts = np.sort(rng.choice(np.arange(1, len(seen)), 6, replace=False))
        return {"docs": np.split(seen, cuts), "alpha": float(rng.uniform(0.1, 1))}

    def ask(answer, inputs):
        return answer.fit_counts(inputs["docs"], 103, inputs["alpha"])

    def truth(inputs):
        return slow_fit(inputs["docs"], 103, inputs["alpha"])


@travels
def read_again(answer, c):
    """The table of some documents, and that of the same list after its arrays were written over."""
    docs = [ids.copy() for ids in c["docs"]]
    first = answer.fit_counts(docs, c["V"], c["alpha"])
    for ids in docs:
        ids[:] = c["V"] - 1 - ids
    return [first, answer.fit_counts(docs, c["V"], c["alpha"])]


def read_twice(c):
    turned = [c["V"] - 1 - ids for ids in c["docs"]]
    return [slow_fit(docs, c["V"], c["alpha"]) for docs in (c["docs"], turned)]


@calls({1: read_again}, truth=read_twice, seeds=2)
def OtherTokensInTheSameArrays(rng):
    "The tables of two texts that stood in the same arrays, one after the other"
    return {"docs": some_docs(rng, 6, (20, 9, 14)), "V": 6, "alpha": 0.7}


# ---- perplexity ------------------------------------------------------------------------------------


@calls({2: "perplexity"}, truth=slow_perplexity, visible=True, seeds=2, tolerance=T64n)
def OfTwoDocuments(rng):
    "The perplexity of two short documents"
    return {"logp": some_table(rng, 4).round(2), "docs": some_docs(rng, 4, (5, 3))}


@calls({2: "perplexity"}, truth=slow_perplexity, points=3, tolerance=T64n)
def OfManyDocuments(rng):
    "The perplexity of many documents, long and short ones"
    tables = {V: some_table(rng, V) for V in (5, 8, 13)}
    return [
        {"logp": tables[V], "docs": some_docs(rng, V, sizes)}
        for V, sizes in (
            (5, (40,)),
            (8, (50, 3, 2)),
            (13, (2, 70, 5, 9)),
            (8, [int(n) for n in rng.integers(2, 12, 15)]),
            (13, (2,)),
        )
    ]


@calls({2: "perplexity"}, truth=slow_perplexity, tolerance=T64n, kind="edge")
def OfShortDocuments(rng):
    "Documents without a pair between others, narrow types, and a table whose rows add up to no 1"
    table = some_table(rng, 5)
    wide = some_table(rng, 256)
    one = rng.integers(0, 5, 1)
    return [
        {"logp": table, "docs": [one, np.array([2, 4, 4]), one[:0], np.array([0, 1])]},
        {"logp": wide, "docs": [255 - d for d in some_docs(rng, 60, (80, 1, 30), "uint8")]},
        {"logp": table - 3.0, "docs": some_docs(rng, 5, (9, 4))},
        {"logp": 0 * table, "docs": some_docs(rng, 5, (6, 3))},
        {"logp": np.zeros((1, 1)), "docs": [np.zeros(4, dtype="int64")]},
    ]


@calls({2: "perplexity"}, truth=slow_perplexity, seeds=2, tolerance=T64n, kind="edge")
def ImpossiblePairs(rng):
    "A table with impossible pairs, which the text holds or does not hold"
    table = some_table(rng, 4)
    table[1, 2] = -np.inf
    return [
        {"logp": table, "docs": [np.array([0, 1, 1, 3, 2]), np.array([2, 1])]},
        {"logp": table, "docs": [np.array([0, 1, 2, 3]), np.array([2, 1])]},
    ]


@calls({2: "perplexity"}, truth=slow_perplexity, seeds=2, tolerance=T32)
def OfSinglePrecision(rng):
    "The perplexity of tables of float32, one of them so surprised that its perplexity has no room in float32"
    table, docs = some_table(rng, 9, "float32"), some_docs(rng, 9, (60, 20))
    return [{"logp": table, "docs": docs}, {"logp": table - np.float32(120), "docs": docs}]


@probe(task=2, seeds=2, tolerance=T64n)
class OfUnseenProse:
    "The perplexity of 3,000 letters that come after those that were counted"

    def make(rng):
        seen, unseen = prose(rng)
        return {"logp": slow_fit([seen], 103, 0.5), "docs": np.split(unseen, [700, 701, 2000])}

    def ask(answer, inputs):
        return answer.perplexity(inputs["logp"], inputs["docs"])

    def truth(inputs):
        return slow_perplexity(inputs["logp"], inputs["docs"])
