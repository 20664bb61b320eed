"""What `fit` is asked: the whole trajectory, for calm, restless and diverging learning rates."""

import numpy as np

from grader.language import T64n, probe


def exact(x, y, lr, steps):
    """Where gradient descent is after t steps, by formula and not by taking the steps.

    With A = [x 1] the slope is H theta - c, H = 2 A.T A / N, c = 2 A.T y / N. In the basis of H's
    eigenvectors each coordinate goes its own way: after t steps it is c (1 - (1 - lr h)^t) / h.
    """
    n = len(x)
    A = np.hstack([x, np.ones((n, 1))])
    h, V = np.linalg.eigh(2 * A.T @ A / n)
    c = V.T @ (2 * A.T @ y[:, 0] / n)

    def theta(t):
        flat = np.abs(h) < 1e-9 * h.max()
        h_safe = np.where(flat, 1.0, h)
        return V @ np.where(flat, t * lr * c, c * (1 - (1 - lr * h_safe) ** t) / h_safe)

    losses = np.array([np.mean((A @ theta(t) - y[:, 0]) ** 2) for t in range(steps)])
    last = theta(steps)
    return [last[:-1, None], last[-1:], losses]


def problem(rng, n, d, lr, steps):
    x = rng.normal(size=(n, d)) * 0.7 + 0.3
    y = x @ rng.normal(size=(d, 1)) + rng.normal(size=(1, 1)) + 0.3 * rng.normal(size=(n, 1))
    return {"x": x, "y": y, "lr": lr, "steps": steps}


@probe(task=1, points=1, visible=True, seeds=2, tolerance=T64n)
class ThreeSteps:
    "Five points in the plane, three steps"

    def make(rng):
        x = rng.uniform(-2.0, 2.0, (5, 1)).round(1)
        return {"x": x, "y": (2 * x + 1 + 0.3 * rng.normal(size=(5, 1))).round(1), "lr": 0.1, "steps": 3}

    def ask(answer, inputs):
        return answer.fit(inputs["x"], inputs["y"], inputs["lr"], inputs["steps"])

    def truth(inputs):
        return exact(inputs["x"], inputs["y"], inputs["lr"], inputs["steps"])


@probe(task=1, points=2, seeds=3, tolerance=T64n)
class WholeTrajectories:
    "Every loss on the way, for several sizes, and a calm and a restless learning rate"

    def make(rng):
        sizes = [(12, 3, 0.05, 100), (30, 1, 0.4, 40), (7, 5, 0.1, 60), (1, 2, 0.1, 5), (9, 2, 0.1, 1)]
        return {"cases": [problem(rng, *size) for size in sizes]}

    def ask(answer, inputs):
        return [answer.fit(c["x"], c["y"], c["lr"], c["steps"]) for c in inputs["cases"]]

    def truth(inputs):
        return [exact(c["x"], c["y"], c["lr"], c["steps"]) for c in inputs["cases"]]


@probe(task=1, points=2, seeds=2, tolerance=T64n)
class Diabetes:
    "442 patients and ten measurements each, 200 steps"

    def make(rng):
        from sklearn.datasets import load_diabetes

        x, y = load_diabetes(return_X_y=True)
        rows = rng.permutation(len(x))[:300]
        x, y = x[rows], y[rows, None]
        x = (x - x.mean(axis=0)) / x.std(axis=0)
        return {
            "x": x,
            "y": (y - y.mean()) / y.std() + 0.5,
            "lr": float(rng.uniform(0.02, 0.1)),
            "steps": 200,
        }

    def ask(answer, inputs):
        return answer.fit(inputs["x"], inputs["y"], inputs["lr"], inputs["steps"])

    def truth(inputs):
        return exact(inputs["x"], inputs["y"], inputs["lr"], inputs["steps"])


@probe(task=1, points=1, seeds=3, tolerance=T64n, kind="edge")
class TooLargeALearningRate:
    "A learning rate that is too large: the loss grows, and the curve says so"

    def make(rng):
        return problem(rng, 20, 3, float(rng.uniform(1.5, 2.5)), 120)

    def ask(answer, inputs):
        w, b, losses = answer.fit(inputs["x"], inputs["y"], inputs["lr"], inputs["steps"])
        return [w, b, *(losses[t] for t in range(0, 120, 10))]

    def truth(inputs):
        w, b, losses = exact(inputs["x"], inputs["y"], inputs["lr"], inputs["steps"])
        return [w, b, *(losses[t] for t in range(0, 120, 10))]


@probe(task=1, points=1, seeds=2, tolerance=T64n, kind="edge")
class AwkwardData:
    "No steps at all, a column of zeros, two equal columns, and views with gaps"

    def make(rng):
        twins = problem(rng, 8, 4, 0.1, 25)
        twins["x"][:, 1] = 0.0
        twins["x"][:, 3] = twins["x"][:, 2]
        return {"cases": [problem(rng, 6, 2, 0.1, 0), twins], "wide": rng.normal(size=(3, 20))}

    def ask(answer, inputs):
        wide = inputs["wide"]
        views = answer.fit(wide[:2, ::2].T, wide[2:, ::-2].T, 0.1, 15)
        return [views, *(answer.fit(c["x"], c["y"], c["lr"], c["steps"]) for c in inputs["cases"])]

    def truth(inputs):
        wide = inputs["wide"]
        views = exact(wide[:2, ::2].T, wide[2:, ::-2].T, 0.1, 15)
        return [views, *(exact(c["x"], c["y"], c["lr"], c["steps"]) for c in inputs["cases"])]
