"""Digits: an exact split, exact steps, an exact short training; the accuracy on unseen digits only vetoes."""

import numpy as np

from grader.language import EXACT, T64, T64n, Tolerance, band, probe


def first_params(rng, D, H, K, bias=0.3):
    return {
        "W1": rng.standard_normal((D, H)) * np.sqrt(2 / D),
        "b1": bias * rng.standard_normal(H),
        "W2": rng.standard_normal((H, K)) * np.sqrt(2 / H),
        "b2": bias * rng.standard_normal(K),
    }


def table(rng, N, D):
    X = rng.standard_normal((N, D)) * rng.uniform(0.5, 5, D) + rng.uniform(-9, 9, D)
    return {"X": X, "y": rng.integers(0, 9, N), "order": rng.permutation(N)}


def five_batches(rng, sizes=(4, 4, 4, 4, 4), D=3, H=5, K=4):
    batches = [{"x": rng.standard_normal((B, D)), "y": rng.integers(0, K, B)} for B in sizes]
    return {"params": first_params(rng, D, H, K), "batches": batches, "lr": 0.3}


def loss_at(params, x, y):
    """Works on complex numbers too, for exact slopes."""
    z1 = x @ params["W1"] + params["b1"]
    z = np.where(z1.real > 0, z1, 0) @ params["W2"] + params["b2"]
    z = z - z.real.max(axis=1, keepdims=True)
    return (np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(y)), y]).mean()


def slopes(params, x, y, rise, nudge):
    grads = {}
    for name, value in params.items():
        grads[name] = np.zeros(value.shape)
        for index in np.ndindex(*value.shape):
            one = np.zeros(value.shape)
            one[index] = 1
            moved = [loss_at(params | {name: value + way * nudge * one}, x, y) for way in (1, -1)]
            grads[name][index] = rise(*moved)
    return grads


def descend(inputs, rise, nudge):
    params, trace = inputs["params"], []
    for batch in inputs["batches"]:
        loss = float(loss_at(params, batch["x"], batch["y"]).real)
        grads = slopes(params, batch["x"], batch["y"], rise, nudge)
        params = {name: params[name] - inputs["lr"] * grads[name] for name in params}
        trace.append([params, loss])
    return trace


@probe(task=1, points=1, visible=True, seeds=3, tolerance=T64)
class SplitSmallTable:
    "six rows: which go where, and how they are scaled"

    def make(rng):
        return table(rng, 6, 2) | {"n_test": 2}

    def ask(answer, inputs):
        return answer.split(inputs["X"], inputs["y"], inputs["order"], inputs["n_test"])


@probe(task=1, points=1, seeds=3, tolerance=T64, kind="edge")
class SplitWithConstantColumn:
    "a column that never changes in the training rows"

    def make(rng):
        made = table(rng, 11, 4)
        made["X"][:, 1] = 3.0
        made["X"][made["order"][5:], 2] = -7.0
        return made | {"n_test": 5}

    def ask(answer, inputs):
        return answer.split(inputs["X"], inputs["y"], inputs["order"], inputs["n_test"])


@probe(task=1, points=1, seeds=3, tolerance=T64)
class SplitLeaksNothing:
    "test rows a million times larger leave the training rows as they are"

    def make(rng):
        made = table(rng, 13, 3)
        made["X"][made["order"][:4]] *= 1e6
        return made | {"n_test": 4}

    def ask(answer, inputs):
        X_train, y_train, _, y_test = answer.split(
            inputs["X"], inputs["y"], inputs["order"], inputs["n_test"]
        )
        return [X_train, y_train, y_test]


@probe(task=2, points=1, visible=True, seeds=3, tolerance=T64, kind="gradient")
class OneStep:
    "one step on a batch of three"

    def make(rng):
        return five_batches(rng, sizes=(3,), D=2, H=4, K=3)

    def ask(answer, inputs):
        batch = inputs["batches"][0]
        return [answer.step(inputs["params"], batch["x"], batch["y"], inputs["lr"])]

    def truth(inputs):
        return descend(inputs, lambda up, down: up.imag / 1e-30, 1e-30j)


@probe(task=2, points=3, seeds=3, tolerance=T64n, kind="gradient")
class FiveSteps:
    "five steps, one after the other, with all parameters and losses on the way"

    def make(rng):
        return five_batches(rng)

    def ask(answer, inputs):
        params, trace = inputs["params"], []
        for batch in inputs["batches"]:
            params, loss = answer.step(params, batch["x"], batch["y"], inputs["lr"])
            trace.append([dict(params), loss])
        return trace

    def truth(inputs):
        return descend(inputs, lambda up, down: up.imag / 1e-30, 1e-30j)


@probe(task=2, points=1, seeds=2, tolerance=Tolerance(1e-6, 1e-8), kind="gradient")
class OneStepAgainstDifferences:
    "one step against central differences"

    def make(rng):
        return five_batches(rng, sizes=(5,), D=4, H=3, K=2)

    def ask(answer, inputs):
        batch = inputs["batches"][0]
        return [answer.step(inputs["params"], batch["x"], batch["y"], inputs["lr"])]

    def truth(inputs):
        return descend(inputs, lambda up, down: (up - down) / 2e-5, 1e-5)


@probe(task=2, points=1, seeds=2, tolerance=T64n, kind="edge")
class HugeInputs:
    "inputs so large that a plain softmax overflows"

    def make(rng):
        made = five_batches(rng, sizes=(4,))
        made["batches"][0]["x"] *= 1000
        return made

    def ask(answer, inputs):
        batch = inputs["batches"][0]
        return answer.step(inputs["params"], batch["x"], batch["y"], 1e-3)


@probe(task=3, points=1, visible=True, seeds=3, tolerance=EXACT)
class Predict:
    "the classes that a given network predicts"

    def make(rng):
        return {"params": first_params(rng, 3, 7, 6), "X": 2 * rng.standard_normal((9, 3))}

    def ask(answer, inputs):
        return np.asarray(answer.predict(inputs["params"], inputs["X"])).astype(np.int64)


@probe(task=3, points=1, seeds=3, tolerance=EXACT)
class PredictMany:
    "the classes of forty rows, and of a single one"

    def make(rng):
        return {"params": first_params(rng, 5, 7, 11), "X": rng.standard_normal((40, 5))}

    def ask(answer, inputs):
        many = np.asarray(answer.predict(inputs["params"], inputs["X"])).astype(np.int64)
        one = np.asarray(answer.predict(inputs["params"], inputs["X"][:1])).astype(np.int64)
        return [many, one]


@probe(task=3, points=2, visible=True, seeds=2, tolerance=T64n)
class ShortTraining:
    "two epochs over seven rows in batches of three, three and one"

    def make(rng):
        rows = rng.permutation(7)
        return {
            "X": rng.standard_normal((7, 2)),
            "y": rng.integers(0, 3, 7),
            "params": first_params(rng, 2, 4, 3),
            "batches": [rows[:3], rows[3:6], rows[6:]],
            "lr": 0.2,
            "epochs": 2,
        }

    def ask(answer, inputs):
        return answer.train(
            inputs["X"], inputs["y"], inputs["params"], inputs["batches"], inputs["lr"], inputs["epochs"]
        )


@probe(task=3, points=2, seeds=2, tolerance=Tolerance(1e-6, 1e-9))
class LongerTraining:
    "three epochs over forty rows, some left out and some seen twice"

    def make(rng):
        return {
            "X": rng.standard_normal((40, 5)),
            "y": rng.integers(0, 4, 40),
            "params": first_params(rng, 5, 6, 4),
            "batches": [rng.integers(0, 40, size) for size in (8, 8, 5, 8)],
            "lr": 0.1,
            "epochs": 3,
        }

    def ask(answer, inputs):
        return answer.train(
            inputs["X"], inputs["y"], inputs["params"], inputs["batches"], inputs["lr"], inputs["epochs"]
        )


@probe(task=3, points=1, seeds=3, judge=band(0.93, 0.997), veto=True, seconds=20)
class ReadsUnseenDigits:
    "the share of unseen handwritten digits that your trained network reads correctly"

    def make(rng):
        from sklearn.datasets import load_digits

        images, names = load_digits(return_X_y=True)
        order = rng.permutation(len(images))
        rest, test = order[360:], order[:360]
        return {
            "X_train": images[rest].astype(np.uint8),
            "y_train": names[rest].astype(np.uint8),
            "X_test": images[test].astype(np.uint8),
            "params": first_params(rng, 64, 32, 10, bias=0.0),
            "shuffle": int(rng.integers(2**31)),
        }

    def ask(answer, inputs):
        X, X_test = inputs["X_train"] / 16.0, inputs["X_test"] / 16.0
        y = inputs["y_train"].astype(np.int64)
        rows = np.random.default_rng(inputs["shuffle"]).permutation(len(X))
        batches = [rows[start : start + 32] for start in range(0, len(rows), 32)]
        trained = answer.train(X, y, inputs["params"], batches, 0.2, 30)
        return np.asarray(answer.predict(trained, X_test)).astype(np.int64)

    def judge(inputs, got):
        from sklearn.datasets import load_digits

        images, names = load_digits(return_X_y=True)
        known = {image.astype(np.uint8).tobytes(): name for image, name in zip(images, names, strict=True)}
        right = np.array([known[image.tobytes()] for image in inputs["X_test"]])
        got = np.asarray(got)
        return float((got == right).mean()) if got.shape == right.shape else 0.0
