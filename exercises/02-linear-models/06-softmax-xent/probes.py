"""What `xent` is asked: batches of many sizes, awkward scores, and the slope against two proofs."""

import numpy as np

from grader.language import T32, calls, probe, travels


def exact(logits, y):
    """Loss and slope in extended precision, one row and one class at a time."""
    n = len(y)
    losses, slopes = [], np.zeros(logits.shape, dtype=np.longdouble)
    for row, (scores, right) in enumerate(zip(logits.astype(np.longdouble), y)):
        # Every share is one over a sum of ratios, so that a tiny share keeps its digits.
        apart = scores[None, :] - scores[:, None]
        top = apart.max(axis=1)
        log_share = -(top + np.log(np.exp(apart - top[:, None]).sum(axis=1)))
        losses.append(-log_share[right])
        slopes[row] = np.exp(log_share)
        slopes[row, right] -= 1
    return [float(sum(losses) / n), (slopes / n).astype(logits.dtype)]


def exact_loss(logits, y):
    return exact(logits, y)[0]


def exact_slope(logits, y):
    return exact(logits, y)[1]


@travels
def viewed(logits, y):
    return (logits[::2].T if len(logits) == 6 else logits), y


def batch(rng, n, k, scale=2.0):
    return {"logits": rng.normal(size=(n, k)) * scale, "y": rng.integers(0, k, n)}


def batches(rng):
    """Sizes that differ, a square one, a single row, two classes, one class; many classes, many rows."""
    sizes = ((4, 7), (7, 4), (5, 5), (1, 6), (9, 2), (1, 2), (3, 1), (2, 300), (90, 4))
    made = [batch(rng, n, k) for n, k in sizes]
    made[-2]["y"] = rng.integers(256, 300, 2)  # classes that do not fit into a byte
    made[-1]["y"] = made[-1]["y"].astype(np.uint8)  # classes in bytes, and more than 256 scores
    return made


def awkward(rng):
    """Sure and right, sure and wrong, rows far apart, ties, offsets, tiny scores; one kind per batch.

    In the last batch all slopes are billionths, and counted as such.
    """
    c = batch(rng, 4, 5)
    logits, y = c["logits"], c["y"]
    right = 1000.0 * (np.arange(5) == y[:, None])
    far_apart = logits - 900.0 * (np.arange(4)[:, None] % 2)
    tied = np.repeat(logits[:, :1], 5, axis=1)
    tables = [logits + right, logits - right, far_apart, tied, logits + 5000.0, logits * 1e-4, logits * 50.0]
    tables += [logits - 1e6 * (right > 0), logits * 0.1 + 0.022 * right]
    return [{"logits": table, "y": y} for table in tables]


def awkward_singles(rng):
    """Scores whose exponentials do not fit into float32: high, low, sure and right, sure and wrong."""
    c = batch(rng, 3, 4)
    logits, y = c["logits"], c["y"]
    y[0] = logits[0].argmin()  # one slope of nearly 1, which the tolerance is measured by
    right = np.arange(4) == y[:, None]
    tables = [logits + 100.0, logits - 120.0, logits + 150.0 * right, logits - 300.0 * right, logits + 600.0]
    return [{"logits": table.astype(np.float32), "y": y} for table in tables]


@calls({1: "xent"}, truth=exact_loss, pick=0, visible=True, seeds=2)
def SmallLoss(rng):
    "The loss of two examples with three classes"
    c = batch(rng, 2, 3)
    return {"logits": c["logits"].round(1), "y": c["y"]}


@calls({1: "xent"}, truth=exact_loss, pick=0, points=2)
def LossManySizes(rng):
    "The loss for batches of many sizes"
    return [*batches(rng)]


@calls({1: "xent"}, truth=exact_loss, pick=0, kind="edge")
def LossAwkwardScores(rng):
    "The loss for awkward scores: sure, wrong, far apart, tied, shifted"
    return [*awkward(rng)]


@calls({1: "xent"}, truth=exact_loss, pick=0, seeds=2, tolerance=T32)
def LossSinglePrecision(rng):
    "The loss of float32 scores"
    cases = [batch(rng, n, k) for n, k in ((5, 6), (3, 4), (8, 3))]
    return [c | {"logits": c["logits"].astype(np.float32)} for c in cases]


@probe(task=2, points=1, visible=True, seeds=2, kind="gradient", wrt=("logits",))
class SmallSlope:
    "The slope for two examples with three classes"

    def make(rng):
        c = batch(rng, 2, 3)
        return {"logits": c["logits"].round(1), "y": c["y"]}

    def ask(answer, inputs):
        return answer.xent(inputs["logits"], inputs["y"])[1]

    def value(answer, inputs):
        return answer.xent(inputs["logits"], inputs["y"])[0]

    def truth(inputs):
        return exact(inputs["logits"], inputs["y"])[1]


@probe(points=2, visible=False, seeds=3)
class Slope(SmallSlope):
    "The slope for five examples with four classes"

    def make(rng):
        return batch(rng, 5, 4)


@calls({2: "xent"}, truth=exact_slope, pick=1, kind="gradient")
def SlopeManySizes(rng):
    "The slope for batches of many sizes, a square one among them"
    return [*batches(rng)]


@calls({2: "xent"}, truth=exact_slope, through=viewed, pick=1, kind="edge")
def SlopeAwkwardScores(rng):
    "The slope for awkward scores, and for views with gaps"
    cases = awkward(rng)
    return [{"logits": rng.normal(size=(6, 8)), "y": rng.integers(0, 3, 8)}, *cases]


@calls({2: "xent"}, truth=exact_slope, pick=1, seeds=2, tolerance=T32, kind="gradient")
def SlopeSinglePrecision(rng):
    "The slope: float32 in, float32 out"
    c = batch(rng, 5, 6)
    return {"logits": c["logits"].astype(np.float32), "y": c["y"]}


@calls({1: "xent"}, truth=exact_loss, pick=0, seeds=2, tolerance=T32, kind="edge")
def LossAwkwardSinglePrecision(rng):
    "The loss of float32 scores whose exponentials do not fit into float32"
    return [*awkward_singles(rng)]


@calls({2: "xent"}, truth=exact_slope, pick=1, seeds=2, tolerance=T32, kind="edge")
def SlopeAwkwardSinglePrecision(rng):
    "The slope of float32 scores whose exponentials do not fit into float32"
    return [*awkward_singles(rng)]
