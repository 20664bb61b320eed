"""What `bce` and `train` are asked: everyday, huge and tiny scores, the slope, whole trainings."""

import math

import numpy as np

from grader.language import T32, T64, T64n, Tolerance, band, probe


def exact(z, y):
    """Loss and slope one score at a time, with functions that keep all digits."""
    losses, slopes = [], []
    for score, answer in zip(z.astype(float).tolist(), y.tolist()):
        against = -score if answer else score
        losses.append(
            against + math.log1p(math.exp(-against)) if against > 0 else math.log1p(math.exp(against))
        )
        size = 1 / (1 + math.exp(-against)) if against > 0 else math.exp(against) / (1 + math.exp(against))
        slopes.append(-size if answer else size)
    n = len(losses)
    return [math.fsum(losses) / n, (np.array(slopes) / n).astype(z.dtype)]


def exact_training(X, y, lr, steps):
    """The same trainings with the bias as a last weight and the slope written out."""
    A = np.column_stack([X, np.ones(len(X))])
    theta = np.zeros(A.shape[1])
    for _ in range(steps):
        p = 0.5 + 0.5 * np.tanh(0.5 * (A @ theta))
        theta = theta + lr * (A.T @ (y - p)) / len(A)
    return [theta[:-1], float(theta[-1])]


def some_scores(rng, n, scale=3.0):
    y = rng.permutation(np.arange(n) % 2).astype(float)
    return {"z": rng.normal(size=n) * scale, "y": y}


@probe(task=1, points=1, visible=True, seeds=2, tolerance=T64)
class FourScores:
    "Four scores, two of each answer"

    def make(rng):
        c = some_scores(rng, 4)
        return {"z": c["z"].round(1), "y": c["y"]}

    def ask(answer, inputs):
        return answer.bce(inputs["z"], inputs["y"])

    def truth(inputs):
        return exact(inputs["z"], inputs["y"])


@probe(task=1, points=1, visible=True, seeds=1, tolerance=T64)
class SureAndWrong:
    "Scores in the hundreds, some of them wrong"

    def make(rng):
        z = rng.uniform(700.0, 900.0, 4).round(0) * np.array([1.0, -1.0, 1.0, -1.0])
        return {"z": z, "y": np.array([1.0, 0.0, 0.0, 1.0])}

    def ask(answer, inputs):
        return answer.bce(inputs["z"], inputs["y"])

    def truth(inputs):
        return exact(inputs["z"], inputs["y"])


@probe(task=1, points=1, seeds=3, tolerance=T64)
class ManyLengths:
    "1, 2, 5 and 40 scores"

    def make(rng):
        return {"cases": [some_scores(rng, n) for n in (1, 2, 5, 40)]}

    def ask(answer, inputs):
        return [answer.bce(c["z"], c["y"]) for c in inputs["cases"]]

    def truth(inputs):
        return [exact(c["z"], c["y"]) for c in inputs["cases"]]


@probe(task=1, points=2, seeds=3, tolerance=T64, kind="gradient", wrt=("z",))
class Slope:
    "The slope for every score"

    def make(rng):
        return some_scores(rng, 9, 1.5)

    def ask(answer, inputs):
        return answer.bce(inputs["z"], inputs["y"])[1]

    def value(answer, inputs):
        return answer.bce(inputs["z"], inputs["y"])[0]

    def truth(inputs):
        return exact(inputs["z"], inputs["y"])[1]


@probe(task=1, points=1, seeds=3, tolerance=T64, kind="edge")
class AwkwardScores:
    "Sure and right, sure and wrong, near zero, and views with gaps"

    def make(rng):
        y = np.array([1.0, 0.0, 0.0, 1.0, 1.0])
        signs = 2 * y - 1
        sure = rng.uniform(20.0, 800.0, 5)
        return {"cases": [[sure * signs, y], [-sure * signs, y], [rng.normal(size=5) * 1e-4, y], [0 * y, y]]}

    def ask(answer, inputs):
        views = [[z[::-2], y[::2]] for z, y in inputs["cases"][1:3]]
        return [answer.bce(z, y) for z, y in [*inputs["cases"], *views]]

    def truth(inputs):
        views = [[z[::-2], y[::2]] for z, y in inputs["cases"][1:3]]
        return [exact(z, y) for z, y in [*inputs["cases"], *views]]


@probe(task=1, points=1, seeds=3, tolerance=Tolerance(1e-9, 1e-40), kind="edge")
class TinyLosses:
    "Losses far below one, to nine digits"

    def make(rng):
        y = rng.permutation(np.array([1.0, 0.0, 0.0, 1.0, 1.0, 0.0]))
        return {"z": (2 * y - 1) * rng.uniform(28.0, 60.0, 6), "y": y}

    def ask(answer, inputs):
        return answer.bce(inputs["z"], inputs["y"])[0]

    def truth(inputs):
        return exact(inputs["z"], inputs["y"])[0]


@probe(task=1, points=1, seeds=2, tolerance=T32)
class SinglePrecision:
    "float32 in, float32 out"

    def make(rng):
        return {name: value.astype(np.float32) for name, value in some_scores(rng, 11).items()}

    def ask(answer, inputs):
        return answer.bce(inputs["z"], inputs["y"])

    def truth(inputs):
        return exact(inputs["z"], inputs["y"])


@probe(task=2, points=1, visible=True, seeds=1, tolerance=T64n)
class ThreeSteps:
    "Six examples of two numbers, three steps"

    def make(rng):
        return {"X": rng.normal(size=(6, 2)).round(1), "y": some_scores(rng, 6)["y"], "lr": 0.5, "steps": 3}

    def ask(answer, inputs):
        return answer.train(inputs["X"], inputs["y"], inputs["lr"], inputs["steps"])

    def truth(inputs):
        return exact_training(inputs["X"], inputs["y"], inputs["lr"], inputs["steps"])


@probe(task=2, points=2, seeds=3, tolerance=T64n)
class ExactTrainings:
    "The parameters after short and long trainings"

    def make(rng):
        sizes = [(15, 4, 0.3, 120), (8, 1, 1.0, 30), (30, 7, 0.1, 200), (5, 3, 0.7, 1), (6, 2, 0.5, 0)]
        cases = []
        for n, d, lr, steps in sizes:
            cases.append(
                {"X": rng.normal(size=(n, d)) + 0.4, "y": some_scores(rng, n)["y"], "lr": lr, "steps": steps}
            )
        return {"cases": cases}

    def ask(answer, inputs):
        return [answer.train(c["X"], c["y"], c["lr"], c["steps"]) for c in inputs["cases"]]

    def truth(inputs):
        return [exact_training(c["X"], c["y"], c["lr"], c["steps"]) for c in inputs["cases"]]


@probe(task=2, points=1, seeds=3, judge=band(0.93, 1.0), veto=True)
class UnseenTumours:
    "569 tumours: the share of unseen cases that the trained model gets right, after 200 steps"

    def make(rng):
        from sklearn.datasets import load_breast_cancer

        X, y = load_breast_cancer(return_X_y=True)
        rows = rng.permutation(len(X))
        seen, unseen = rows[:400], rows[400:]
        mean, std = X[seen].mean(axis=0), X[seen].std(axis=0)
        X = (X - mean) / std
        return {"X": X[seen], "y": y[seen].astype(float), "_X": X[unseen], "_y": y[unseen]}

    def ask(answer, inputs):
        return answer.train(inputs["X"], inputs["y"], 0.5, 200)

    def judge(inputs, got):
        w, b = np.asarray(got[0], dtype=float), float(got[1])
        if w.shape != (30,) or not np.all(np.isfinite(w)):
            return 0.0
        return float(((inputs["_X"] @ w + b > 0) == (inputs["_y"] == 1)).mean())


@probe(task=2, points=1, seeds=2, tolerance=T64n)
class TrainedOnTumours:
    "The same training, parameter by parameter"

    def make(rng):
        from sklearn.datasets import load_breast_cancer

        X, y = load_breast_cancer(return_X_y=True)
        rows = rng.permutation(len(X))[:300]
        X = (X[rows] - X[rows].mean(axis=0)) / X[rows].std(axis=0)
        return {"X": X, "y": y[rows].astype(float), "lr": float(rng.uniform(0.2, 0.6))}

    def ask(answer, inputs):
        return answer.train(inputs["X"], inputs["y"], inputs["lr"], 200)

    def truth(inputs):
        return exact_training(inputs["X"], inputs["y"], inputs["lr"], 200)
