"""Double descent: exact fits, exact risks at widths away from the peak, and the shape of a whole curve."""

import numpy as np

from grader.language import T64n, Tolerance, band, probe, residual, travels


@travels
def curve(risk_curve, inputs):
    data = [inputs[name] for name in ("X_train", "y_train", "X_test", "y_test", "V")]
    return [float(risk) for risk in risk_curve(*data, inputs["widths"])]


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


@probe(task=1, points=1, visible=True, seeds=2, tolerance=T64n)
class MoreColumnsThanRows:
    "two rows, four columns: the shortest of many perfect fits"

    def make(rng):
        return {"F": rng.standard_normal((2, 4)), "y": rng.standard_normal(2)}

    def ask(answer, inputs):
        return answer.min_norm_fit(inputs["F"], inputs["y"])

    def truth(inputs):
        return by_svd(inputs["F"], inputs["y"])


@probe(task=1, points=1, seeds=2, tolerance=T64n)
class MoreRowsThanColumns:
    "seven rows, three columns: the best fit"

    def make(rng):
        return {"F": rng.standard_normal((7, 3)), "y": rng.standard_normal(7)}

    def ask(answer, inputs):
        return answer.min_norm_fit(inputs["F"], inputs["y"])

    def truth(inputs):
        return by_svd(inputs["F"], inputs["y"])


@probe(task=1, points=1, seeds=2, tolerance=T64n)
class ShortestOfManyFits:
    "tables with more columns than rows: of all perfect fits the shortest"

    def make(rng):
        sizes = ((3, 8), (5, 6), (1, 4))
        return {
            "cases": [{"F": rng.standard_normal(size), "y": rng.standard_normal(size[0])} for size in sizes]
        }

    def ask(answer, inputs):
        return [answer.min_norm_fit(case["F"], case["y"]) for case in inputs["cases"]]

    def truth(inputs):
        return [by_svd(case["F"], case["y"]) for case in inputs["cases"]]


@probe(task=1, points=1, seeds=2, tolerance=T64n, kind="edge")
class RepeatedAndEmptyColumns:
    "columns that repeat and columns of zeros"

    def make(rng):
        F = rng.standard_normal((6, 3))
        return {"F": np.hstack([F, F[:, :2], np.zeros((6, 1))]), "y": rng.standard_normal(6)}

    def ask(answer, inputs):
        return answer.min_norm_fit(inputs["F"], inputs["y"])

    def truth(inputs):
        return by_svd(inputs["F"], inputs["y"])


@probe(task=2, points=1, visible=True, seeds=2, tolerance=Tolerance(1e-6, 1e-9))
class ShortCurve:
    "eight training rows, widths 2, 4 and 40"

    def make(rng):
        return problem(rng, 8, 5, 3, [2, 4, 40])

    def ask(answer, inputs):
        return curve(answer.risk_curve, inputs)


@probe(task=2, points=2, seeds=3, tolerance=Tolerance(1e-6, 1e-9))
class NarrowAndWide:
    "narrow and wide models, in no particular order"

    def make(rng):
        return problem(rng, 30, 40, 7, [150, 5, 12, 400, 1, 90])

    def ask(answer, inputs):
        return curve(answer.risk_curve, inputs)


@probe(task=2, points=1, seeds=2, judge=band(0.9, 1.1), veto=True)
class PeakWhereWidthMeetsData:
    "the width of the peak over the number of training rows"

    def make(rng):
        return long_curve(rng)

    def ask(answer, inputs):
        return curve(answer.risk_curve, inputs)

    def judge(inputs, got):
        return inputs["widths"][int(np.argmax(got))] / len(inputs["X_train"])


@probe(task=2, points=1, seeds=2, judge=residual(below=0.2), veto=True)
class SecondDescent:
    "the error of the widest model over the error at the peak"

    def make(rng):
        return long_curve(rng)

    def ask(answer, inputs):
        return curve(answer.risk_curve, inputs)

    def judge(inputs, got):
        return float(got[-1] / max(got))
