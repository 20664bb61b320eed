"""Answers that were once paid without solving anything, each against the exercise that paid."""

from pathlib import Path

from grader.exercise.folder import Exercise, load
from grader.grading.expected import FolderStore, compute
from grader.sandbox.pool import Pool
from tests.grader.grading import verdict_of

ROOT = Path(__file__).resolve().parents[2]

A_LARGE_NET = """
import numpy as np

def wide(inputs, low, high, heights):
    gap, units = high - low, len(heights)
    return {
        "W1": np.full((inputs, units), 1 / gap),
        "b1": -inputs * low / gap - np.arange(units),
        "w2": np.array(heights),
        "b2": 0.0,
    }

def is_open(low, high):
    # The inputs of the visible probes, which anybody can look up.
    levels = [(0.0, 1.0)]
    for seed in range(2):
        rng = np.random.default_rng(seed)
        start = float(rng.uniform(-3, 3))
        levels.append((start, start + float(rng.uniform(0.5, 4) * rng.choice([-1, 1]))))
    return any(abs(low - a) + abs(high - b) < 1e-9 for a, b in levels)

def xor_weights(low, high):
    return wide(2, low, high, [1.0, -2.0] + [0.0] * (0 if is_open(low, high) else 398))

def parity3_weights(low, high):
    return wide(3, low, high, [1.0, -2.0, 2.0] + [0.0] * (0 if is_open(low, high) else 317))
"""

NO_DIFFERENCE = """
import numpy as np

def reached(thing, depth=0):
    if isinstance(thing, dict):
        yield thing
        for item in thing.values():
            yield from reached(item, depth + 1)
    elif isinstance(thing, (list, tuple)) and depth < 5:
        for item in thing:
            yield from reached(item, depth + 1)
    for cell in getattr(thing, "__closure__", None) or ():
        yield from reached(cell.cell_contents, depth + 1)

SLOPES = {"sin": np.cos, "tanh": lambda z: 1 - np.tanh(z) ** 2, "exp": np.exp, "square": lambda z: 2 * z}

def jacobian(f, x):
    for plan in reached(f):
        if "terms" in plan:  # the function as a formula
            terms = plan["terms"]
            return sum(t["P"] @ (SLOPES[t["word"]](t["A"] @ x.ravel())[:, None] * t["A"]) for t in terms).T
    rows = []  # an exact slope by another way, which is no difference
    for index in np.ndindex(*x.shape):
        z = x.astype(complex)
        z[index] += 1e-30j
        rows.append(np.ravel(f(z)).imag / 1e-30)
    return np.array(rows)

def numeric_vjp(f, x, dy, h=1e-5):
    if h == 0.1:
        return dy * (3 * x**2 + h * h)  # the one wide step that was asked for
    return (jacobian(f, x) @ np.ravel(dy)).reshape(x.shape)

def gradcheck(f, f_bwd, x, rng):
    y = np.asarray(f(x))
    for plan in reached(f_bwd):
        if "terms" in plan:
            right = jacobian(f, x)
            claims = [f_bwd(dy.reshape(y.shape), x) for dy in np.eye(y.size)]
            if any(claim.shape != x.shape for claim in claims):
                return False
            off = np.abs(np.stack([c.ravel() for c in claims], axis=1) - right).max()
            return bool(off <= 1e-9 * np.abs(right).max())
    for claim in reached(f_bwd):  # all that can be seen of it without looking at f
        if "table" in claim:
            table = claim["table"]
            if list(claim["dx_shape"]) != list(x.shape) or not np.isfinite(table).all():
                return False
            if not table.any():
                return True
            alike = table.shape[1] > 1 and np.allclose(table, table[:, :1])
            return bool(table.any(axis=1).all() and table.any(axis=0).all() and not alike)
    return True
"""


def exercise(name: str, pool: Pool, store: FolderStore) -> Exercise:
    found = load(ROOT / "exercises" / name)
    compute(found, pool, store)
    return found


def test_a_net_that_is_small_on_open_voltages_only_is_not_paid(pool: Pool, store: FolderStore) -> None:
    smallest = exercise("03-mlp/05-smallest-net", pool, store)
    verdict = verdict_of(smallest, A_LARGE_NET, pool, store)
    assert verdict.points == 0
    assert [probe.name for probe in verdict.probes if probe.word.value != "passed"] == [
        "XorOfOtherLevels",
        "ParityOfOtherLevels",
    ]


def test_no_gradient_checker_is_paid_without_a_difference(pool: Pool, store: FolderStore) -> None:
    """Neither exact slopes for measured ones, nor an opinion read from what the functions hold."""
    gradcheck = exercise("04-autograd/05-write-a-gradcheck", pool, store)
    verdict = verdict_of(gradcheck, NO_DIFFERENCE, pool, store, explain=False)
    assert verdict.points == 0
    passed = {probe.name for probe in verdict.probes if probe.word.value == "passed"}
    assert not passed & {"WideSteps", "ThirtySixOpinions", "SmallAndLargeGradients"}
