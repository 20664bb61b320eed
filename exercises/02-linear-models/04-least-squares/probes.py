"""What `ols` is asked: tall, wide and nearly dependent tables, and two equations that hold."""

import numpy as np

from grader.language import T64n, Tolerance, calls, probe, residual, travels


def by_library(X, y):
    return np.linalg.lstsq(X, y, rcond=None)[0]


def along_the_row(X, y):
    return X[0] * y[0] / (X[0] @ X[0])


@travels
def viewed(X, y):
    if len(y) == 1:
        return X, np.broadcast_to(y[0], len(X))
    return (X.T, y[::2]) if len(X) == 3 else (X[::-1, ::5], y[:10])


def with_condition(rng, n, d, condition):
    """A table of that condition number: random turns around stretches from 1 down to 1/condition."""
    U = np.linalg.qr(rng.normal(size=(n, d)))[0]
    V = np.linalg.qr(rng.normal(size=(d, d)))[0]
    return (U * np.geomspace(1.0, 1.0 / condition, d)) @ V


def reproduced(rng, n, d, condition, wide=False):
    """A table of that condition number, answers that some weights reproduce, and those weights.

    No direction is left out of the weights, and they are the shortest that do it.
    """
    U = np.linalg.qr(rng.normal(size=(n, d)))[0]
    V = np.linalg.qr(rng.normal(size=(d, d)))[0]
    if wide:
        U, V = V, U
    parts = rng.uniform(1.0, 2.0, d) * rng.choice([-1.0, 1.0], d)
    X, w = (U * np.geomspace(1.0, 1.0 / condition, d)) @ V.T, V @ parts
    return {"X": X, "y": X @ w}, w


def many_stretches_and_a_tiny_one(rng):
    """A table of 160 by 120 whose stretches are 1, but for one at 900 eps: the line is at 160 eps.

    Taken together (the root of the sum of their squares) the stretches are eleven times the largest.
    """
    U, V = (np.linalg.qr(rng.normal(size=(n, 120)))[0] for n in (160, 120))
    stretches = np.ones(120)
    stretches[-1] = 900 * np.finfo(np.float64).eps
    X, w = (U * stretches) @ V.T, V @ rng.uniform(1.0, 2.0, 120)
    w = w + 60.0 * V[:, -1]  # so that the last direction shows
    return {"X": X, "y": X @ w}, w


def with_rounding_left(rng):
    """A tall table with a dependent column, whose smallest stretch is rounding that just exceeds eps."""
    for _ in range(300):
        X = rng.normal(size=(1500, 4))
        X[:, 3] = X[:, 0] + X[:, 1] - X[:, 2]
        s = np.linalg.svd(X, compute_uv=False)
        if 1.3 < s[-1] / (s[0] * np.finfo(np.float64).eps) < 3.5:
            break
    return X


@calls({1: "ols"}, truth=by_library, visible=True, seeds=2, tolerance=T64n)
def LineThroughPoints(rng):
    "A line through five points: a column of ones and a column of x"
    x = rng.uniform(-3.0, 3.0, 5).round(1)
    return {"X": np.column_stack([np.ones(5), x]), "y": (2 * x + 1 + 0.5 * rng.normal(size=5)).round(1)}


@calls({1: "ols"}, truth=by_library, tolerance=T64n)
def TallTables(rng):
    "Tables with more rows than columns, one of them square, and columns of unequal scale"
    tables = [rng.normal(size=size) for size in ((9, 4), (20, 7), (5, 1), (6, 6))]
    tables.append(rng.normal(size=(12, 3)) * np.array([1e-2, 1.0, 1e2]) + 1.0)
    return [{"X": X, "y": rng.normal(size=len(X))} for X in tables]


@probe(task=1, points=2, seeds=3, tolerance=Tolerance(1e-4, 1e-12))
class NearlyDependent:
    "Nearly dependent columns: condition numbers up to ten billion"

    def make(rng):
        sizes = ((12, 4, 1e6), (15, 5, 1e8), (20, 6, 1e10))
        tables = [with_condition(rng, *size) for size in sizes]
        weights = [rng.normal(size=X.shape[1]) for X in tables]
        return {"cases": [{"X": X, "y": X @ w} for X, w in zip(tables, weights)], "_w": weights}

    def ask(answer, inputs):
        return [answer.ols(c["X"], c["y"]) for c in inputs["cases"]]

    def truth(inputs):
        return inputs["_w"]


@calls({1: "ols"}, truth=by_library, through=viewed, seeds=2, tolerance=T64n, kind="edge")
def Views(rng):
    "Transposed tables, views with gaps, and an answer that repeats one number"
    X, wide, y = rng.normal(size=(3, 8)), rng.normal(size=(10, 20)), rng.normal(size=16)
    return [{"X": X, "y": y}, {"X": wide, "y": y}, {"X": X.T.copy(), "y": y[:1]}]


@calls({1: "ols"}, truth=by_library, seeds=2, tolerance=Tolerance(1e-7, 1e-30), kind="edge")
def OtherUnits(rng):
    "The same kind of table in tiny and in huge units, and answers in tiny units"
    X, y = rng.normal(size=(9, 4)), rng.normal(size=9)
    cases = [{"X": X * scale, "y": y * scale} for scale in (1e-18, 1e-9, 1e12)]
    return [*cases, {"X": X, "y": y * 1e-15}]


@calls({2: "ols"}, truth=along_the_row, visible=True, seeds=2, tolerance=T64n)
def OneEquation(rng):
    "One example, three columns"
    return {"X": rng.uniform(0.5, 2.0, (1, 3)).round(1), "y": rng.uniform(1.0, 4.0, 1).round(2)}


@calls({2: "ols"}, truth=by_library, tolerance=T64n)
def FewerExamplesThanColumns(rng):
    "Tables with fewer rows than columns"
    tables = [rng.normal(size=size) for size in ((3, 7), (6, 20), (4, 5), (1, 9))]
    return [{"X": X, "y": rng.normal(size=len(X))} for X in tables]


@calls({2: "ols"}, truth=by_library, tolerance=T64n)
def RepeatedColumns(rng):
    "Columns that repeat, cancel, or are empty, one of them or all"
    X = rng.normal(size=(10, 6))
    twins, sums, empty = X.copy(), X.copy(), X.copy()
    twins[:, 4] = twins[:, 1]
    sums[:, 5] = sums[:, 0] + sums[:, 2] - sums[:, 3]
    empty[:, 2] = 0.0
    low_rank = rng.normal(size=(8, 3)) @ rng.normal(size=(3, 7))
    larger = rng.normal(size=(70, 5)) @ rng.normal(size=(5, 50))
    tables = [twins, sums, empty, low_rank, larger, with_rounding_left(rng)]
    tables += [np.zeros((5, 3)), np.zeros((2, 4))]
    return [{"X": table, "y": rng.normal(size=len(table))} for table in tables]


@probe(task=2, points=2, seeds=3, judge=residual(below=1e-9))
class TwoEquations:
    "The error is at right angles to every column, and no weight is wasted"

    def make(rng):
        X = rng.normal(size=(9, 3)) @ rng.normal(size=(3, 6))
        return {"X": X, "y": rng.normal(size=9)}

    def ask(answer, inputs):
        return answer.ols(inputs["X"], inputs["y"])

    def judge(inputs, got):
        """The larger of two residuals: of the normal equations, and of the part of w that X cannot see."""
        X, y = inputs["X"], inputs["y"]
        if np.shape(got) != (X.shape[1],) or not np.all(np.isfinite(got)):
            return "one finite weight for each column of `X` is asked for."
        w = np.asarray(got, dtype=float)
        scale = np.linalg.norm(X, 2)
        rows = np.linalg.qr(X.T)[0][:, :3]
        unseen = w - rows @ (rows.T @ w)
        error = X.T @ (X @ w - y) / (scale * np.linalg.norm(y))
        return float(max(np.abs(error).max(), np.linalg.norm(unseen) / max(np.linalg.norm(w), 1e-3)))


@probe(task=2, points=1, seeds=2, tolerance=Tolerance(1e-4, 1e-12), kind="edge")
class NearlyDependentRows:
    "Fewer rows than columns, and rows that nearly repeat each other"

    def make(rng):
        made = [
            reproduced(rng, n, d, condition, wide=True) for n, d, condition in ((12, 4, 1e8), (20, 6, 1e10))
        ]
        return {"cases": [c for c, _ in made], "_w": [w for _, w in made]}

    def ask(answer, inputs):
        return [answer.ols(c["X"], c["y"]) for c in inputs["cases"]]

    def truth(inputs):
        return inputs["_w"]


@probe(task=2, points=1, seeds=2, tolerance=Tolerance(0.05, 1e-12), kind="edge")
class AboveTheLine:
    "Stretches that are tiny and above the line: they count"

    def make(rng):
        # The last one lies at 1200 eps in a table of 600 by 4: above 600 eps, below 2400 eps.
        sizes = ((9, 3e11, False), (9, 2e13, False), (9, 2e13, True), (600, 3.75e12, False))
        made = [reproduced(rng, n, 4, condition, wide) for n, condition, wide in sizes]
        made.append(many_stretches_and_a_tiny_one(rng))
        return {"cases": [c for c, _ in made], "_w": [w for _, w in made]}

    def ask(answer, inputs):
        return [answer.ols(c["X"], c["y"]) for c in inputs["cases"]]

    def truth(inputs):
        return inputs["_w"]


@calls({2: "ols"}, truth=by_library, seeds=2, tolerance=T64n, kind="edge")
def BelowTheLine(rng):
    "Stretches below the line in tables with one long side: they count as none"
    U, V = np.linalg.qr(rng.normal(size=(400, 4)))[0], np.linalg.qr(rng.normal(size=(4, 4)))[0]
    # The last stretch is a seventh of the line, and far above 4 eps, the line that the short side would draw.
    tall = (U * np.array([1.0, 0.5, 0.2, 60 * np.finfo(np.float64).eps])) @ V
    return [{"X": X, "y": rng.normal(size=len(X))} for X in (tall, tall.T.copy())]


@calls({2: "ols"}, truth=by_library, seeds=2, tolerance=T64n, kind="edge")
def DependentInOtherUnits(rng):
    "Dependent columns in tiny and in huge units"
    X, y = rng.normal(size=(8, 3)) @ rng.normal(size=(3, 6)), rng.normal(size=8)
    return [{"X": X * scale, "y": y * scale} for scale in (1e-18, 1e-9, 1e12)]
