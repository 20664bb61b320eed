"""Double descent: exact fits, exact risks at widths away from the peak, and the shape of a whole curve."""

import numpy as np

from grader.language import T64n, Tolerance, band, calls, probe, residual, travels

FIT = {1: "min_norm_fit"}


@travels
def curve(answer, inputs):
    data = [inputs[name] for name in ("X_train", "y_train", "X_test", "y_test", "V")]
    return [float(risk) for risk in answer.risk_curve(*data, inputs["widths"])]


def problem(rng, n, m, D, widths, noise=0.3):
    slope = rng.standard_normal(D) / np.sqrt(D)
    X_train, X_test = rng.standard_normal((n, D)), rng.standard_normal((m, D))
    return {
        "X_train": X_train,
        "y_train": X_train @ slope + noise * rng.standard_normal(n),
        "X_test": X_test,
        "y_test": X_test @ slope + noise * rng.standard_normal(m),
        "V": rng.standard_normal((D, max(widths))),
        "widths": widths,
    }


def long_curve(rng):
    return problem(rng, 80, 300, 20, [20, 40, 60, 72, 76, 80, 84, 88, 120, 320, 1600])


def by_svd(F, y):
    U, s, Vt = np.linalg.svd(F, full_matrices=False)
    keep = s > 1e-12 * s.max()
    return Vt[keep].T @ ((U[:, keep].T @ y) / s[keep])


@calls(FIT, truth=by_svd, visible=True, seeds=2, tolerance=T64n)
def MoreColumnsThanRows(rng):
    "two rows, four columns: the shortest of many perfect fits"
    return {"F": rng.standard_normal((2, 4)), "y": rng.standard_normal(2)}


@calls(FIT, truth=by_svd, seeds=2, tolerance=T64n)
def MoreRowsThanColumns(rng):
    "seven rows, three columns: the best fit"
    return {"F": rng.standard_normal((7, 3)), "y": rng.standard_normal(7)}


@calls(FIT, truth=by_svd, seeds=2, tolerance=T64n)
def ShortestOfManyFits(rng):
    "tables with more columns than rows, also with columns that repeat: of all perfect fits the shortest"
    sizes = ((3, 8), (5, 6), (1, 4))
    made = [{"F": rng.standard_normal(size), "y": rng.standard_normal(size[0])} for size in sizes]
    twins = rng.standard_normal((2, 4))[:, rng.permutation([0, 0, 1, 2, 2, 2, 3])]
    return [*made, {"F": twins, "y": rng.standard_normal(2)}]


@calls(FIT, truth=by_svd, seeds=2, tolerance=T64n, kind="edge")
def RepeatedAndEmptyColumns(rng):
    "columns that repeat, also multiplied, and columns of zeros; in tables of tiny and of huge numbers, too"
    F = rng.standard_normal((9, 3))
    table, y = np.hstack([F, F[:, :2], np.zeros((9, 1)), -3 * F[:, 2:]]), rng.standard_normal(9)
    return [{"F": table * size, "y": y} for size in (1.0, 1e-14, 1e9)]


@calls(FIT, truth=by_svd, seeds=2, tolerance=T64n, kind="edge")
def WideButFewDirections(rng):
    "more columns than rows, and so many of them repeated or zero that the rows depend on each other"
    made = []
    for n, k, different in ((4, 9, 2), (3, 5, 1), (5, 6, 3)):
        F = rng.standard_normal((n, different))[:, rng.integers(0, different, k)]
        F[:, int(rng.integers(k))] = 0.0
        made.append({"F": F, "y": rng.standard_normal(n)})
    return made + [{"F": np.zeros((2, 3)), "y": rng.standard_normal(2)}]


@calls(FIT, tolerance=Tolerance(1e-3, 1e-6), kind="edge")
def ColumnsOfVerySmallNumbers(rng):
    "a column of very small numbers, beside others, is a column"
    made = []
    for n, k, size in ((7, 3, 1e-9), (4, 4, 1e-9), (6, 2, 1e-11)):
        F, w = rng.standard_normal((n, k)), rng.uniform(1, 2, k)
        F[:, 1] *= size
        w[1] /= size
        made.append({"F": F, "y": F @ w})
    F = rng.standard_normal((3, 5))  # more columns than rows, and two rows that are one but for a tiny number
    F[2, :4], F[1, 4], F[2, 4] = F[1, :4], 0.0, 1e-10
    return [*made, {"F": F, "y": F @ np.append(rng.uniform(1, 2, 4), rng.uniform(1, 2) * 1e10)}]


@calls(FIT, truth=by_svd, tolerance=T64n, kind="edge")
def NearlyTheSameColumn(rng):
    "two columns that differ by a millionth are two columns"
    F, w = rng.standard_normal((7, 3)), rng.standard_normal(3)
    F[:, 1] = F[:, 0] + 1e-6 * F[:, 1]
    return {"F": F, "y": F @ w}


def ask(answer, inputs):
    return curve(answer, inputs)


@calls({2: curve}, visible=True, seeds=2, tolerance=Tolerance(1e-9, 1e-11))
def ShortCurve(rng):
    "eight training rows, widths 2, 4 and 40"
    return {**problem(rng, 8, 5, 3, [2, 4, 40])}


@calls({2: curve}, points=2, tolerance=Tolerance(1e-9, 1e-11))
def NarrowAndWide(rng):
    "narrow and wide models, in no particular order"
    return {**problem(rng, 30, 40, 7, [150, 5, 12, 400, 1, 90, 12])}


@probe(task=2, points=1, seeds=2, judge=band(0.9, 1.1), veto=True)
class PeakWhereWidthMeetsData:
    "the width of the peak over the number of training rows"

    def make(rng):
        return long_curve(rng)

    def judge(inputs, got):
        return inputs["widths"][int(np.argmax(got))] / len(inputs["X_train"])


@probe(judge=residual(below=0.2))
class SecondDescent(PeakWhereWidthMeetsData):
    "the error of the widest model over the error at the peak"

    def judge(inputs, got):
        return float(got[-1] / max(got))
