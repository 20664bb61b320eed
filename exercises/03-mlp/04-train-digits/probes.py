"""Digits: an exact split, exact steps, and a training held to exact steps or to the learner's own."""

from types import SimpleNamespace

import numpy as np

from grader.language import EXACT, T64n, Tolerance, band, calls, probe, residual, travels


def first_params(rng, D, H, K, bias=0.3):
    return {
        "W1": rng.standard_normal((D, H)) * np.sqrt(2 / D),
        "b1": bias * rng.standard_normal(H),
        "W2": rng.standard_normal((H, K)) * np.sqrt(2 / H),
        "b2": bias * rng.standard_normal(K),
    }


def table(rng, N, D, n_test):
    X = rng.standard_normal((N, D)) * rng.uniform(0.5, 5, D) + rng.uniform(-9, 9, D)
    return {"X": X, "y": rng.integers(0, 9, N), "order": rng.permutation(N), "n_test": n_test}


def batch(rng, B, D, K):
    return {"x": rng.standard_normal((B, D)), "y": rng.integers(0, K, B)}


def one_step(rng, B, D, H, K, lr=0.3):
    made = batch(rng, B, D, K)
    return {"params": first_params(rng, D, H, K), **made, "lr": lr}


def loss_at(params, x, y):
    """Works on complex numbers too, for exact slopes."""
    z1 = x @ params["W1"] + params["b1"]
    z = np.where(z1.real > 0, z1, 0) @ params["W2"] + params["b2"]
    z = z - z.real.max(axis=1, keepdims=True)
    return (np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(y)), y]).mean()


def descend(params, x, y, lr, rise, nudge):
    """One step, with the slope of every number by nudging it; `rise` turns two nudged losses into a slope."""
    moved = {}
    for name, value in params.items():
        grad = np.zeros(value.shape)
        for index in np.ndindex(*value.shape):
            one = np.zeros(value.shape)
            one[index] = 1
            losses = [loss_at(params | {name: value + way * nudge * one}, x, y) for way in (1, -1)]
            grad[index] = rise(*losses)
        moved[name] = value - lr * grad
    return [moved, float(loss_at(params, x, y))]


def by_complex_step(params, x, y, lr):
    return descend(params, x, y, lr, lambda up, down: up.imag / 1e-30, 1e-30j)


def by_differences(params, x, y, lr):
    return descend(params, x, y, lr, lambda up, down: (up - down) / 2e-5, 1e-5)


@travels
def trace(answer, c):
    params, made = c["params"], []
    for batch in c["batches"]:
        params, loss = answer.step(params, batch["x"], batch["y"], c["lr"])
        made.append([dict(params), loss])
    return made


def exact_trace(c):
    return trace(SimpleNamespace(step=by_complex_step), c)


@travels
def training_rows(answer, c):
    X_train, y_train, _, y_test = answer.split(c["X"], c["y"], c["order"], c["n_test"])
    return [X_train, y_train, y_test]


@calls({1: "split"}, visible=True)
def SplitSmallTable(rng):
    "six rows: which go where, and how they are scaled"
    return table(rng, 6, 2, n_test=2)


@calls({1: "split"}, kind="edge")
def SplitWithConstantColumn(rng):
    "a column that never changes in the training rows"
    made = table(rng, 11, 4, n_test=5)
    made["X"][:, 1] = 3.0
    made["X"][made["order"][5:], 2] = -7.0
    return made


@calls({1: "split"}, kind="edge")
def SplitWithHardlyAnySpread(rng):
    "columns whose deviation is tiny but not 0, and huge ones"
    made = table(rng, 9, 4, n_test=3)
    made["X"][:, 1] = 1e-60 * rng.standard_normal(9)
    made["X"][:, 2] = 1e-7 * rng.standard_normal(9)
    made["X"][:, 3] *= 1e12
    return made


@calls({1: training_rows})
def SplitLeaksNothing(rng):
    "test rows a million times larger leave the training rows as they are"
    made = table(rng, 13, 3, n_test=4)
    made["X"][made["order"][:4]] *= 1e6
    return made


@calls({2: "step"}, truth=by_complex_step, visible=True, kind="gradient")
def OneStep(rng):
    "one step on a batch of three"
    return [one_step(rng, B=3, D=2, H=4, K=3)]


@calls({2: trace}, truth=exact_trace, points=3, tolerance=T64n, kind="gradient")
def FiveSteps(rng):
    "five steps, one after the other, with all parameters and losses on the way"
    batches = [batch(rng, 4, D=3, K=4) for _ in range(5)]
    return {"params": first_params(rng, D=3, H=5, K=4), "batches": batches, "lr": 0.3}


@calls({2: "step"}, truth=by_differences, seeds=2, tolerance=Tolerance(1e-6, 1e-8), kind="gradient")
def OneStepAgainstDifferences(rng):
    "one step against central differences"
    return [one_step(rng, B=5, D=4, H=3, K=2)]


@calls({2: "step"}, seeds=2, tolerance=T64n, kind="edge")
def HugeInputs(rng):
    "inputs so large that a plain softmax overflows"
    made = one_step(rng, B=4, D=3, H=5, K=4, lr=1e-3)
    return made | {"x": 1000 * made["x"]}


@calls({2: "step"}, seeds=2, tolerance=T64n, kind="edge")
def LogitsFarBelow(rng):
    "logits thousands below zero, one a thousand below the rest; units whose input is exactly or barely 0"
    made = one_step(rng, B=4, D=3, H=5, K=4)
    made["params"]["b2"] -= rng.uniform(6000.0, 9000.0)
    made["params"]["b2"][made["y"][0]] -= 1000.0
    made["params"]["W1"][:, 2:4] = made["params"]["b1"][2] = 0.0
    made["params"]["b1"][3] = 1e-12
    return [made]


@probe(task=2, judge=band(0.93, 0.997), veto=True, seconds=20)
class ReadsUnseenDigits:
    "the share of unseen handwritten digits that a network trained with your step reads correctly"

    def make(rng):
        from sklearn.datasets import load_digits

        images, names = load_digits(return_X_y=True)
        order = rng.permutation(len(images))
        images, names = images[order].astype(np.uint8), names[order].astype(np.uint8)
        return {
            "X_train": images[360:],
            "y_train": names[360:],
            "_X_test": images[:360],
            "_y_test": names[:360],
            "params": first_params(rng, 64, 32, 10, bias=0.0),
            "shuffle": int(rng.integers(2**31)),
        }

    def ask(answer, inputs):
        X, y = inputs["X_train"] / 16.0, inputs["y_train"].astype(np.int64)
        rows = np.random.default_rng(inputs["shuffle"]).permutation(len(X))
        params = inputs["params"]
        for _ in range(30):
            for start in range(0, len(rows), 32):
                batch = rows[start : start + 32]
                params, _ = answer.step(params, X[batch], y[batch], 0.2)
        return params

    def judge(inputs, got):
        if not like(got, inputs["params"]):
            return UNLIKE.format("step")
        h = np.maximum(inputs["_X_test"] / 16.0 @ got["W1"] + got["b1"], 0)
        return float(((h @ got["W2"] + got["b2"]).argmax(axis=1) == inputs["_y_test"]).mean())


@calls({3: "train"}, tolerance=EXACT)
def StandingStill(rng):
    "three trainings with lr = 0, after which the parameters are what they were, in arrays of their own"
    X, y = rng.standard_normal((9, 3)), rng.integers(0, 4, 9)
    batches = [rng.permutation(9)[:4], rng.permutation(9)[:5]]
    return [
        {
            "X": X,
            "y": y,
            "params": first_params(rng, 3, 5, 4),
            "batches": batches,
            "lr": 0.0,
            "epochs": epochs,
        }
        for epochs in (1, 2, 1)
    ]


@calls({3: "predict"}, visible=True, tolerance=EXACT)
def Predict(rng):
    "the classes that a given network predicts"
    return {"params": first_params(rng, 3, 7, 6), "X": 2 * rng.standard_normal((9, 3))}


@calls({3: "predict"}, points=3, tolerance=EXACT)
def PredictMany(rng):
    "the classes of forty rows, and of a single one"
    params, X = first_params(rng, 5, 7, 11), rng.standard_normal((40, 5))
    return [{"params": params, "X": X}, {"params": params, "X": X[:1]}]


@calls({3: "predict"}, tolerance=EXACT, kind="edge")
def PredictTiesAndHugeScores(rng):
    "equal logits, of which the first counts, and logits thousands above and below zero"
    tied = first_params(rng, 4, 6, 5)
    for name in ("W2", "b2"):
        tied[name][..., 3] = tied[name][..., 1]
        tied[name][..., 4] = tied[name][..., 0]
    X = rng.standard_normal((30, 4))
    below = first_params(rng, 4, 6, 5)
    below["b2"] -= 3000.0
    huge = {"params": first_params(rng, 4, 6, 5), "X": 3000 * X}
    return [{"params": tied, "X": X}, huge, {"params": below, "X": X}]


@travels
def followed(answer, c):
    """What `train` returns, and what the learner's own steps come to, one by one, from where they begin."""

    def copied(params):
        if not isinstance(params, dict):
            return params  # no parameters at all: the comparison says so
        return {name: np.array(array) for name, array in params.items()}

    handed = copied(c["params"])
    trained = answer.train(c["X"], c["y"], handed, c["batches"], c["lr"], c["epochs"])
    found = {"trained": copied(trained), "handed": copied(handed), "steps": [copied(c["params"])]}
    for rows in list(c["batches"]) * c["epochs"]:
        before = copied(found["steps"][-1])
        after, _ = answer.step(before, c["X"][rows], c["y"][rows], c["lr"])
        found["steps"].append(copied(after))
    return found


UNLIKE = "`{}` must return a dict of the same names as `params`, with float64 arrays of the same shapes."


def like(got, params):
    """Whether these are the same names, with float64 arrays of the same shapes."""
    return (
        isinstance(got, dict)
        and set(got) == set(params)
        and all(isinstance(a, np.ndarray) and a.dtype == np.float64 for a in got.values())
        and all(got[name].shape == array.shape for name, array in params.items())
    )


def apart(got, wanted):
    """The largest difference over the largest number, of the worst array."""
    gaps = [np.abs(got[name] - array).max() / np.abs(array).max() for name, array in wanted.items()]
    return float(np.max(gaps))


def off(inputs, got, expected):
    """How far `train` is from the right parameters or, where that is less, from those of the learner's steps.

    So a mistake in `step` costs nothing here. Steps that begin elsewhere or stand still are no steps.
    """
    params = inputs["params"]
    for function, made in (("step", got["steps"]), ("train", [got["trained"]])):
        if not all(like(one, params) for one in made):
            return UNLIKE.format(function)
    if not like(got["handed"], params) or apart(got["handed"], params) > 0:
        return "`train` changed the parameters that it was handed. Make new ones."
    own = np.inf
    pairs = zip(got["steps"], got["steps"][1:])
    if apart(got["steps"][0], params) == 0 and all(apart(*pair) > 0 for pair in pairs):
        own = apart(got["trained"], got["steps"][-1])
    return min(own, apart(got["trained"], expected["trained"]))


@probe(task=3, visible=True, seeds=2, judge=residual(below=1e-7), veto=True)
class ShortTraining:
    "two epochs over seven rows in batches of three, three and one: how far the parameters of train are off"

    def make(rng):
        rows = rng.permutation(7)
        X, y = rng.standard_normal((7, 2)), rng.integers(0, 3, 7)
        batches = [rows[:3], rows[3:6], rows[6:]]
        made = {"X": X, "y": y, "params": first_params(rng, 2, 4, 3), "batches": batches}
        return made | {"lr": 0.2, "epochs": 2}

    def ask(answer, inputs):
        return followed(answer, inputs)

    def judge(inputs, got, expected):
        return off(inputs, got, expected)


@probe(visible=False, seeds=3)
class LongerTraining(ShortTraining):
    "three epochs over forty rows, some left out and some seen twice: how far the parameters of train are off"

    def make(rng):
        X, y, params = rng.standard_normal((40, 5)), rng.integers(0, 4, 40), first_params(rng, 5, 6, 4)
        batches = [rng.integers(0, 40, size) for size in (8, 8, 5, 8)]
        return {"X": X, "y": y, "params": params, "batches": batches, "lr": 0.1, "epochs": 3}
