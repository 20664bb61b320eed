"""What `fit` is asked: the whole trajectory, for calm, restless and diverging learning rates."""

import numpy as np

from grader.language import T64n, Tolerance, calls, travels

PAIRS_OF_TYPES = [(np.int8, np.uint8), (np.float32, np.uint8), (np.int32, np.float32)]


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
        # Where a step is short, 1 - (1 - lr h)^t would lose its digits.
        calm = np.minimum(lr * h_safe, 0.5)
        gone = np.where(lr * h_safe < 0.5, -np.expm1(t * np.log1p(-calm)), 1 - (1 - lr * h_safe) ** t)
        return V @ np.where(flat, t * lr * c, c * gone / h_safe)

    losses = np.array([np.mean((A @ theta(t) - y[:, 0]) ** 2) for t in range(steps)])
    last = theta(steps)
    return [last[:-1, None], last[-1:], losses]


@travels
def in_places(w, b, losses, steps):
    """Every tenth loss by itself, without those whose squares are about to leave the floats."""
    places = [*range(0, min(steps, 300), 10), *range(400, steps, 10)]
    return {"w": w, "b": b} | {f"losses[{t}:{t + 1}]": losses[t : t + 1] for t in places}


def exact_with_some_losses(c):
    with np.errstate(over="ignore"):
        return in_places(*exact(**c), c["steps"])


@travels
def with_some_losses(answer, c):
    w, b, losses = answer.fit(c["x"], c["y"], c["lr"], c["steps"])
    losses = np.where(
        np.isnan(losses), np.inf, losses
    )  # where two infinite parts of a loss meet, nan is right
    return in_places(w, b, losses, c["steps"])


@travels
def viewed(x, y, lr, steps):
    return (x[:, ::2].T, y[:, ::-2].T, lr, steps) if x.shape == (2, 20) else (x, y, lr, steps)


def problem(rng, n, d, lr, steps):
    x = rng.normal(size=(n, d)) * 0.7 + 0.3
    y = x @ rng.normal(size=(d, 1)) + rng.normal(size=(1, 1)) + 0.3 * rng.normal(size=(n, 1))
    return {"x": x, "y": y, "lr": lr, "steps": steps}


@calls({1: "fit"}, truth=exact, visible=True, seeds=2, tolerance=T64n)
def ThreeSteps(rng):
    "Five points in the plane, three steps"
    x = rng.uniform(-2.0, 2.0, (5, 1)).round(1)
    return {"x": x, "y": (2 * x + 1 + 0.3 * rng.normal(size=(5, 1))).round(1), "lr": 0.1, "steps": 3}


@calls({1: "fit"}, truth=exact, points=2, tolerance=T64n)
def WholeTrajectories(rng):
    "Every loss on the way, for several sizes, a square table, and a calm and a restless learning rate"
    sizes = [(12, 3, 0.05, 100), (30, 1, 0.4, 40), (7, 5, 0.1, 60), (1, 2, 0.1, 5), (9, 2, 0.1, 1)]
    sizes += [(4, 4, 0.1, 20), (1500, 1, 0.1, 3)]
    return [problem(rng, *size) for size in sizes]


@calls({1: "fit"}, truth=exact, points=2, seeds=2, tolerance=T64n)
def Diabetes(rng):
    "442 patients and ten measurements each, 200 steps"
    from sklearn.datasets import load_diabetes

    x, y = load_diabetes(return_X_y=True)
    rows = rng.permutation(len(x))[:300]
    x, y = x[rows], y[rows, None]
    x, y = (x - x.mean(axis=0)) / x.std(axis=0), (y - y.mean()) / y.std() + 0.5
    return {"x": x, "y": y, "lr": float(rng.uniform(0.02, 0.1)), "steps": 200}


@calls({1: with_some_losses}, truth=exact_with_some_losses, tolerance=T64n, kind="edge")
def TooLargeALearningRate(rng):
    "A learning rate that is too large: the loss grows, and the curve says so"
    return [problem(rng, 20, 3, lr, steps) for lr, steps in ((float(rng.uniform(1.5, 2.5)), 120), (8.0, 30))]


@calls({1: with_some_losses}, truth=exact_with_some_losses, seeds=2, tolerance=T64n, kind="edge")
def LossesBeyondTheLargestNumber(rng):
    "So many steps with so large a learning rate that the squares no longer fit into a float"
    c = problem(rng, 20, 3, 0.0, 430)
    A = np.hstack([c["x"], np.ones((20, 1))])
    # Every step makes the error three times larger and turns it around; after 430 steps w is near 1e205.
    return {**c, "lr": float(4 / np.linalg.eigvalsh(2 * A.T @ A / 20).max())}


@calls({1: "fit"}, truth=exact, seeds=2, tolerance=Tolerance(1e-7, 1e-40), kind="edge")
def HardlyMoving(rng):
    "Tiny answers, tiny learning rates, slopes of 0: every step that was asked for is taken and logged"
    small, slow, still = (problem(rng, 9, 2, lr, 20) for lr in (0.1, 1e-9, 1e-18))
    # After one step both slopes are exactly 0, and the loss is not.
    low, high = rng.integers([1, 5], [4, 9]).tolist()
    x, y = np.array([[1.0], [-1.0], [1.0], [-1.0]]), np.array([[low], [low], [high], [high]]) * 1.0
    return [{**small, "y": small["y"] * 1e-15}, slow, still, {"x": x, "y": y, "lr": 0.5, "steps": 5}]


@calls({1: "fit"}, truth=exact, seeds=2, tolerance=T64n, kind="edge")
def WholeNumbers(rng):
    "Whole numbers as examples and as answers"
    return {"x": rng.integers(-3, 4, (8, 2)), "y": rng.integers(-9, 10, (8, 1)), "lr": 0.05, "steps": 20}


@calls({1: "fit"}, truth=exact, seeds=2, tolerance=Tolerance(1e-9, 1e-12), kind="edge")
def SmallTypes(rng):
    "Single precision and whole numbers in small types, as examples and as answers"
    single = {name: value for name, value in problem(rng, 8, 2, 0.05, 20).items()}
    single |= {name: single[name].astype(np.float32) for name in "xy"}
    x, y = rng.integers(-3, 4, (8, 2)), rng.integers(150, 250, (8, 1))
    small = [{"x": x.astype(a), "y": y.astype(b), "lr": 0.05, "steps": 20} for a, b in PAIRS_OF_TYPES]
    return [single, *small]


@calls({1: "fit"}, truth=exact, through=viewed, seeds=2, tolerance=T64n, kind="edge")
def AwkwardData(rng):
    "No steps at all, a column of zeros, two equal columns, and views with gaps"
    twins = problem(rng, 8, 4, 0.1, 25)
    twins["x"][:, 1] = 0.0
    twins["x"][:, 3] = twins["x"][:, 2]
    none, wide = problem(rng, 6, 2, 0.1, 0), rng.normal(size=(3, 20))
    return [{"x": wide[:2], "y": wide[2:], "lr": 0.1, "steps": 15}, none, twins]
