"""What `bce` and `train` are asked: everyday, huge and tiny scores, the slope, whole trainings."""

import math

import numpy as np

from grader.language import T32, T64, T64n, Tolerance, band, calls, probe, travels


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


def exact_loss(z, y):
    return exact(z, y)[0]


def exact_slope(z, y):
    return exact(z, y)[1]


@travels
def viewed(z, y, gaps):
    return (z[::-2], y[::2]) if gaps else (z, y)


def exact_training(X, y, lr, steps):
    """The same trainings with the bias as a last weight and the slope written out."""
    A = np.column_stack([X, np.ones(len(X))])
    theta = np.zeros(A.shape[1])
    for _ in range(steps):
        p = 0.5 + 0.5 * np.tanh(0.5 * (A @ theta))
        theta = theta + lr * (A.T @ (y - p)) / len(A)
    return [theta[:-1], float(theta[-1])]


def exact_weights(X, y, lr, steps):
    return exact_training(X, y, lr, steps)[0]


def some_scores(rng, n, scale=3.0):
    y = rng.permutation(np.arange(n) % 2).astype(float)
    return {"z": rng.normal(size=n) * scale, "y": y}


@calls({1: "bce"}, truth=exact, visible=True, seeds=2)
def FourScores(rng):
    "Four scores, two of each answer"
    return {name: value.round(1) for name, value in some_scores(rng, 4).items()}


@calls({1: "bce"}, truth=exact, visible=True, seeds=1)
def SureAndWrong(rng):
    "Scores in the hundreds, some of them wrong"
    z = rng.uniform(700.0, 900.0, 4).round(0) * np.array([1.0, -1.0, 1.0, -1.0])
    return {"z": z, "y": np.array([1.0, 0.0, 0.0, 1.0])}


@calls({1: "bce"}, truth=exact)
def ManyLengths(rng):
    "1, 2, 5 and 40 scores"
    return [some_scores(rng, n) for n in (1, 2, 5, 40)]


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


@calls({1: "bce"}, truth=exact, through=viewed, kind="edge")
def AwkwardScores(rng):
    "Sure and right, sure and wrong, near zero, and views with gaps"
    y = np.array([1.0, 0.0, 0.0, 1.0, 1.0])
    signs = 2 * y - 1
    sure = rng.uniform(20.0, 800.0, 5)
    scores = [sure * signs, -sure * signs, rng.normal(size=5) * 1e-4, 0 * y]
    scores += [-signs * rng.uniform(1500.0, 4000.0, 5), -signs * 10.0 ** rng.uniform(4, 12, 5)]
    scores.append(-signs * rng.uniform(8.0, 14.0, 5))
    cases = [{"z": z, "y": y, "gaps": False} for z in scores]
    return [*cases, *(case | {"gaps": True} for case in cases[1:3])]


@calls({1: "bce"}, truth=exact_loss, pick=0, tolerance=Tolerance(1e-9, 1e-300), kind="edge")
def TinyLosses(rng):
    "Losses far below one, to nine digits"
    y = rng.permutation(np.array([1.0, 0.0, 0.0, 1.0, 1.0, 0.0]))
    ranges = [(28.0, 60.0), (110.0, 190.0), (400.0, 600.0)]
    return [{"z": (2 * y - 1) * rng.uniform(low, high, 6), "y": y} for low, high in ranges]


@calls({1: "bce"}, truth=exact_slope, pick=1, seeds=2, tolerance=Tolerance(1e-9, 2e-15), kind="edge")
def TinySlopes(rng):
    "Slopes far below one, where the model is sure and right"
    y = rng.permutation(np.array([1.0, 0.0, 0.0, 1.0, 1.0, 0.0]))
    # Slopes from 1e-12 down to 5e-15, above what is accepted as an error; then those far below it.
    ranges = [(26.0, 30.8), (35.0, 90.0)]
    return [{"z": (2 * y - 1) * rng.uniform(low, high, 6), "y": y} for low, high in ranges]


@calls({1: "bce"}, truth=exact, seeds=2, tolerance=T32, kind="edge")
def AwkwardSinglePrecision(rng):
    "float32 scores whose exponentials do not fit into float32"
    y = rng.permutation(np.array([1.0, 0.0, 0.0, 1.0, 1.0]))
    sure = rng.uniform(95.0, 600.0, 5)
    scores = [sure * (2 * y - 1), sure * (1 - 2 * y), sure * np.array([1.0, -1.0, 1.0, -1.0, 1.0])]
    return [{"z": z.astype(np.float32), "y": y.astype(np.float32)} for z in scores]


@calls({1: "bce"}, truth=exact, seeds=2, tolerance=T32)
def SinglePrecision(rng):
    "float32 in, float32 out"
    return {name: value.astype(np.float32) for name, value in some_scores(rng, 11).items()}


@calls({2: "train"}, truth=exact_training, visible=True, seeds=1, tolerance=T64n)
def ThreeSteps(rng):
    "Six examples of two numbers, three steps"
    return {"X": rng.normal(size=(6, 2)).round(1), "y": some_scores(rng, 6)["y"], "lr": 0.5, "steps": 3}


@calls({2: "train"}, truth=exact_training, points=2, tolerance=T64n)
def ExactTrainings(rng):
    "The parameters after short and long trainings"
    sizes = [(15, 4, 0.3, 120), (8, 1, 1.0, 30), (30, 7, 0.1, 200), (5, 3, 0.7, 1), (6, 2, 0.5, 0)]
    return [
        {"X": rng.normal(size=(n, d)) + 0.4, "y": some_scores(rng, n)["y"], "lr": lr, "steps": steps}
        for n, d, lr, steps in sizes
    ]


@calls({2: "train"}, truth=exact_weights, pick=0, seeds=2, tolerance=Tolerance(1e-7, 1e-40), kind="edge")
def HardlyMoving(rng):
    "Tiny measurements: the weights hardly move, and every step that was asked for is taken"
    # As many yes as no, so that the bias stays where it is and the slopes are tiny from the start.
    return {"X": rng.normal(size=(8, 3)) * 1e-20, "y": some_scores(rng, 8)["y"], "lr": 0.5, "steps": 30}


@calls({2: "train"}, truth=exact_training, seeds=2, tolerance=T64n, kind="edge")
def SureAfterOneStep(rng):
    "A model that is sure after one step: it moves on, by a little with each step"
    # The first step makes the scores 18, the slopes fall below 1e-8, and 999 steps add a few 1e-5.
    size = float(rng.uniform(20.0, 20.4))
    return {"X": np.array([[size], [-size]]), "y": np.array([1.0, 0.0]), "lr": 0.09, "steps": 1000}


@calls({2: "train"}, truth=exact_training, seeds=2, tolerance=Tolerance(1e-9, 1e-12), kind="edge")
def WholeNumbers(rng):
    "Whole numbers, grey values with a column that never changes, and float32, as measurements"
    tables = [rng.integers(-3, 4, (9, 3)), rng.normal(size=(9, 3)).astype(np.float32)]
    cases = [{"X": X, "y": some_scores(rng, 9)["y"], "lr": 0.2, "steps": 25} for X in tables]
    grey = rng.integers(0, 256, (9, 3)).astype(np.uint8)
    grey[:, 1] = 200
    return [*cases, {"X": grey, "y": some_scores(rng, 9)["y"], "lr": 2e-5, "steps": 25}]


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
            return "`w` must hold one finite number for each column of `X`."
        return float(((inputs["_X"] @ w + b > 0) == (inputs["_y"] == 1)).mean())


@calls({2: "train"}, truth=exact_training, seeds=2, tolerance=T64n)
def TrainedOnTumours(rng):
    "The same training, parameter by parameter"
    from sklearn.datasets import load_breast_cancer

    X, y = load_breast_cancer(return_X_y=True)
    rows = rng.permutation(len(X))[:300]
    X = (X[rows] - X[rows].mean(axis=0)) / X[rows].std(axis=0)
    return {"X": X, "y": y[rows].astype(float), "lr": float(rng.uniform(0.2, 0.6)), "steps": 200}
