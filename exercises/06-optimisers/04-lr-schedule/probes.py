"""The learning rate of every step of many plans, on to twenty steps behind the end."""

import numpy as np

from grader.language import calls, travels


@travels
def every_step(answer, c):
    """All plans take turns, and the steps come in an order of their own."""
    return {
        f"plan {number}, step {step}": answer.lr_at(step, *plan)
        for step in c["steps"]
        for number, plan in enumerate(c["plans"], 1)
    }


def exact(c):
    """The cosine's half wave as a squared sine, and the stretches as products with what is on."""
    found = {}
    for step in c["steps"]:
        for number, (high, low, warmup, total) in enumerate(c["plans"], 1):
            up = high * step / max(warmup, 1)
            down = low + (high - low) * np.sin(np.pi / 2 * (total - step) / max(total - warmup, 1)) ** 2
            rate = low if step >= total else up if step < warmup else down
            found[f"plan {number}, step {step}"] = float(rate)
    return found


def plan(rng, warmup, total):
    """max_lr, min_lr, warmup, total; min_lr a good part of max_lr, so that nobody can forget it."""
    high = float(rng.uniform(0.1, 2))
    return [high, high * float(rng.uniform(0.1, 0.6)), warmup, total]


def shuffled(rng, steps):
    return [int(step) for step in rng.permutation(np.unique(steps))]


@calls({1: every_step}, truth=exact, visible=True, seeds=1)
def TheTable(rng):
    "every step of the plan on the page, and a few behind its end"
    return {"plans": [[0.8, 0.2, 4, 10]], "steps": list(range(14))}


@calls({1: every_step}, truth=exact, points=3)
def EveryStep(rng):
    "every step of four plans, up to twenty steps behind the end"
    plans = [plan(rng, warmup, total) for warmup, total in ((3, 40), (13, 37), (30, 41), (1, 7))]
    return {"plans": plans, "steps": shuffled(rng, range(62))}


@calls({1: every_step}, truth=exact, kind="edge")
def NoWarmup(rng):
    "no warm-up, nothing but warm-up, one step of either, and nothing at all"
    sizes = ((0, 9), (9, 9), (0, 1), (1, 1), (8, 9), (1, 2), (0, 0))
    return {"plans": [plan(rng, *size) for size in sizes], "steps": shuffled(rng, range(30))}


@calls({1: every_step}, truth=exact, kind="edge")
def FlatPlans(rng):
    "min_lr equal to max_lr, min_lr of zero, and both of zero"
    high = float(rng.uniform(0.2, 1))
    return {
        "plans": [[high, high, 4, 11], [high, 0.0, 3, 11], [high, 0.0, 11, 11], [0.0, 0.0, 2, 11]],
        "steps": shuffled(rng, range(32)),
    }


@calls({1: every_step}, truth=exact, kind="edge")
def NearlyTheSamePlan(rng):
    "plans that differ in one number only, asked about the same steps one after the other"
    high, low, warmup, total = plan(rng, 5, 17)
    plans = [[high, low, 5, 17], [high, low / 2, 5, 17], [2 * high, low, 5, 17]]
    plans += [[high, low, 6, 17], [high, low, 5, 18]]
    return {"plans": plans, "steps": shuffled(rng, range(24))}


@calls({1: every_step}, truth=exact)
def LongTraining(rng):
    "a plan of a million steps, here and there"
    warmup, total = int(rng.integers(1500, 3000)), int(rng.integers(900_000, 1_000_000))
    drawn = rng.integers(0, 1_100_000, 40)
    corners = [0, 1, warmup - 1, warmup, warmup + 1, total - 1, total, total + 1]
    return {"plans": [plan(rng, warmup, total)], "steps": shuffled(rng, [*drawn, *corners, 10 * total])}
