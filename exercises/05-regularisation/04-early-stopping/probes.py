"""Early stopping: curves with answers found by hand, random ones by definition, and weights that move on."""

import numpy as np

from grader.language import EXACT, calls, probe, travels

CURVES = (
    # losses, patience, min_delta, what step returns (S: stop), best_step after each step
    ("5 4 3 2 1", 1, 0, ".....", "0 1 2 3 4"),
    ("5 4 3 2 1", 3, 0, ".....", "0 1 2 3 4"),
    ("1 2 3 4 5", 1, 0, ".SSSS", "0 0 0 0 0"),
    ("1 2 3 4 5", 2, 0, "..SSS", "0 0 0 0 0"),
    ("1 2 3 4 5", 4, 0, "....S", "0 0 0 0 0"),
    ("1 2 3 4 5", 5, 0, ".....", "0 0 0 0 0"),
    ("3 3 3 3", 1, 0, ".SSS", "0 0 0 0"),
    ("3 3 3 3", 2, 0, "..SS", "0 0 0 0"),
    ("3 3 3 3", 3, 0, "...S", "0 0 0 0"),
    ("4 3 3 2 2 2 1", 2, 0, ".....S.", "0 1 1 3 3 3 6"),
    ("4 5 3 5 2 5 1", 2, 0, ".......", "0 0 2 2 4 4 6"),
    ("4 5 3 5 2 5 1", 1, 0, ".S.S.S.", "0 0 2 2 4 4 6"),
    ("4 5 5 3 5 5 5", 3, 0, "......S", "0 0 0 3 3 3 3"),
    ("4 2 3 2 3 2 1", 4, 0, ".....S.", "0 1 1 1 1 1 6"),
    ("4 2 3 2 3 2 1", 3, 0, "....SS.", "0 1 1 1 1 1 6"),
    ("4 3 4 3 4 3 4", 2, 0, "...SSSS", "0 1 1 1 1 1 1"),
    ("6 7 5 6 5.5 5.25 4", 3, 0, ".....S.", "0 0 2 2 2 2 6"),
    ("4 3.5 3 2.5 2 1.5", 1, 0.25, "......", "0 1 2 3 4 5"),
    ("4 3.5 3 2.5 2 1.5", 1, 0.5, ".S.S.S", "0 0 2 2 4 4"),
    ("4 3.5 3 2.5 2 1.5", 2, 0.5, "......", "0 0 2 2 4 4"),
    ("4 3.5 3 2.5 2 1.5", 2, 0.75, "......", "0 0 2 2 4 4"),
    ("4 3.5 3 2.5 2 1.5", 2, 1, "..S..S", "0 0 0 3 3 3"),
    ("4 3.5 3 2.5 2 1.5", 3, 1, "......", "0 0 0 3 3 3"),
    ("4 3.75 3.5 3.25 3 2.75 2.5", 3, 0.5, ".......", "0 0 0 3 3 3 6"),
    ("4 3 2 1 0 -1 -2", 1, 1, ".S.S.S.", "0 0 2 2 4 4 6"),
    ("4 3 2 1 0 -1 -2", 2, 2, "..S..S.", "0 0 0 3 3 3 6"),
    ("-1 -2 -3 -3 -2", 1, 0, "...SS", "0 1 2 2 2"),
    ("-4 -5 -4 -6 -5", 2, 1, "..S..", "0 0 0 3 3"),
    ("nan 3 2 nan 1", 1, 0, "S..S.", "- 1 2 2 4"),
    ("nan nan nan 3 2", 2, 0, ".SS..", "- - - 3 4"),
    ("nan nan nan nan", 3, 0, "..SS", "- - - -"),
    ("5 nan 4 nan nan 3 nan", 2, 0, "....S..", "0 0 2 2 2 5 5"),
    ("5 nan 6 nan 4 5", 3, 0, "...S..", "0 0 0 0 4 4"),
    ("3 nan 3 nan 3 2", 4, 0, "....S.", "0 0 0 0 0 5"),
    ("inf inf 9 8 inf 7", 2, 0, ".S....", "- - 2 3 3 5"),
    ("inf 9 inf 8 inf inf", 1, 0, "S.S.SS", "- 1 1 3 3 3"),
    ("inf nan inf nan 5 6", 3, 2, "..SS..", "- - - - 4 4"),
    ("9 inf nan 8 7.5 6", 2, 1, "..SS..", "0 0 0 0 4 5"),
    ("7", 1, 0, ".", "0"),
    ("nan", 1, 0, "S", "-"),
    ("nan", 2, 3, ".", "-"),
    ("2 1 1 1 1 0 1 1 1 1", 4, 0, ".........S", "0 1 1 1 1 5 5 5 5 5"),
    ("8 8 4 4 2 2 1 1", 1, 3, ".S.SSSSS", "0 0 2 2 2 2 2 2"),
    ("8 8 4 4 2 2 1 1", 2, 2, "....SS..", "0 0 2 2 2 2 6 6"),
)


@travels
def watched(answer, c):
    """What step says to each loss, and best_step after it."""
    stop, told = answer.EarlyStop(c["patience"], c["min_delta"]), {"returned": [], "best_step": []}
    for loss in c["losses"]:
        told["returned"].append(stop.step(loss))
        told["best_step"].append(stop.best_step)
    return told


@travels
def watched_all(answer, c):
    return [watched(answer, curve) for curve in c["curves"]]


@travels
def moved_on(answer, c):
    """Training that writes into its arrays, then replaces them; all dictionaries ever kept, at the end."""
    stop, params = (
        answer.EarlyStop(c["patience"], c["min_delta"]),
        {k: a.copy() for k, a in c["start"].items()},
    )
    held, told = [], []
    for number, loss in enumerate(c["losses"]):
        for name in params:
            if (number + len(name)) % 2:
                params[name] = params[name] + c["moves"][number].astype(params[name].dtype)
            else:
                params[name] += c["moves"][number].astype(params[name].dtype)
        before = {name: array.copy() for name, array in params.items()}
        stop.step(loss, params)
        untouched = all((params[name] == before[name]).all() for name in before)
        told.append(bool(untouched) and len(params) == len(before))
        held.append(stop.best_params)
    for array in params.values():
        array[...] = 0
    params.clear()
    return [told, held]


def curve(number, scale=1.0, shift=0.0):
    losses, patience, min_delta, flags, best = CURVES[number]
    said = [flag == "S" for flag in flags]
    steps = [None if step == "-" else int(step) for step in best.split()]
    return {
        "losses": [scale * float(loss) + shift for loss in losses.split()],
        "patience": patience,
        "min_delta": scale * min_delta,
        "_expected": {"returned": said, "best_step": steps},
    }


def by_hand(curves):
    """What may travel, and beside it, to stay here, what is right."""
    shown = [{name: c[name] for name in ("losses", "patience", "min_delta")} for c in curves]
    return {"curves": shown, "_expected": [c["_expected"] for c in curves]}


def from_the_table(rng, chosen):
    """Curves of the table, stretched and shifted by numbers that floating point keeps exactly."""
    scales, shifts = 2.0 ** rng.integers(-3, 4, len(chosen)), rng.integers(-16, 17, len(chosen)) / 2
    return by_hand([curve(*case) for case in zip(chosen, scales.tolist(), shifts.tolist(), strict=True)])


def walk(rng, steps, patience, min_delta):
    """A random curve in eighths that falls slowly, with ties, and with a nan or inf here and there."""
    losses = (40 + np.cumsum(rng.integers(-5, 5, steps))) / 8
    losses[rng.random(steps) < 0.1] = np.nan
    losses[rng.random(steps) < 0.05] = np.inf
    return {"losses": losses.tolist(), "patience": patience, "min_delta": min_delta}


def training(rng, steps, patience, min_delta, first=None):
    losses = walk(rng, steps, patience, min_delta)
    start = {"w": rng.standard_normal((2, 3)), "bias": rng.standard_normal(3).astype("float32")}
    start |= {"scale": rng.standard_normal(1), "deep": rng.standard_normal((1, 2, 2))}
    moves = [np.asarray(move) for move in rng.standard_normal(steps)]
    if first is not None:
        losses["losses"][0] = first
    return {**losses, "start": start, "moves": moves}


def improvements(c, upto):
    """The numbers of all improvements among the first so many steps, by the definition."""
    found, best = [], None
    for number, loss in enumerate(c["losses"][:upto]):
        if np.isfinite(loss) and (best is None or loss < best - c["min_delta"]):
            found, best = [*found, number], loss
    return found


def by_definition(c):
    told = {"returned": [], "best_step": []}
    for number in range(len(c["losses"])):
        good = improvements(c, number + 1)
        recent = [step for step in range(number + 1) if step > number - c["patience"]]
        stop = len(recent) == c["patience"] and not set(recent) & set(good)
        told["returned"].append(stop)
        told["best_step"].append(good[-1] if good else None)
    return told


def all_by_definition(c):
    return [by_definition(curve) for curve in c["curves"]]


def states(c):
    """The weights at each step, without anything that could share memory."""
    params, found = c["start"], []
    for move in c["moves"]:
        params = {name: array + move.astype(array.dtype) for name, array in params.items()}
        found.append(params)
    return found


def kept_by_definition(c):
    told, at = by_definition(c), states(c)
    return [
        [True for _ in at],
        [None if step is None else at[step] for step in told["best_step"]],
    ]


@probe(task=1, visible=True, seeds=1, tolerance=EXACT)
class FourCurves:
    "falling, rising, level and up and down: what step returns, and best_step"

    def make(rng):
        return by_hand([curve(number) for number in (0, 3, 7, 13)])

    def ask(answer, inputs):
        return watched_all(answer, inputs)

    def truth(inputs):
        return inputs["_expected"]


@probe(visible=True, seeds=1)
class SmallGainsAndNoNumbers(FourCurves):
    "gains that are too small, and losses that are nan or inf"

    def make(rng):
        return by_hand([curve(number) for number in (18, 23, 28, 34, 37)])


@probe(points=3, visible=False, seeds=3)
class FortyFourCurves(FourCurves):
    "forty-four curves: plateaus, ties, gains of exactly min_delta, nan and inf in every place"

    def make(rng):
        return from_the_table(rng, rng.permutation(len(CURVES)).tolist())


@calls({1: watched_all}, truth=all_by_definition, points=2, tolerance=EXACT)
def RandomCurves(rng):
    "long random curves with every patience from 1 to 8"
    return {"curves": [walk(rng, 40, patience, delta) for patience in range(1, 9) for delta in (0.0, 0.375)]}


@calls({1: watched_all}, truth=all_by_definition, seeds=2, tolerance=EXACT, kind="edge")
def HugeAndTinyLosses(rng):
    "losses of 1e300, of 1e-300, below zero, and whole numbers"
    curves = [walk(rng, 20, 2, 0.0) for _ in range(4)]
    for c, factor in zip(curves, (1e300, 1e-300, -1.0, 1.0)):
        c["losses"] = [factor * loss if np.isfinite(loss) else float("nan") for loss in c["losses"]]
    curves[3]["losses"] = [int(loss) for loss in rng.integers(0, 9, 20)]
    return {"curves": curves}


@probe(task=1, seeds=2, tolerance=EXACT)
class SeveralObjects:
    "three objects in turn, each with losses of its own, as numpy numbers"

    def make(rng):
        return {"curves": [walk(rng, 25, patience, 0.25) for patience in (1, 2, 4)]}

    def ask(answer, inputs):
        curves = inputs["curves"]
        stops = [answer.EarlyStop(c["patience"], c["min_delta"]) for c in curves]
        kinds = (np.float64, np.float32, float)
        told = [{"returned": [], "best_step": []} for _ in stops]
        for number in range(25):
            for kind, stop, c, said in zip(kinds, stops, curves, told):
                said["returned"].append(stop.step(kind(c["losses"][number])))
                said["best_step"].append(stop.best_step)
        return told

    def truth(inputs):
        return all_by_definition(inputs)


@probe(task=1, seeds=2, tolerance=EXACT)
class BestStepAfterwards:
    "best_step, asked once at the end and once more"

    def make(rng):
        return {"curves": [walk(rng, int(steps), 3, 0.125) for steps in rng.integers(5, 50, 10)]}

    def ask(answer, inputs):
        found = []
        for c in inputs["curves"]:
            stop = answer.EarlyStop(c["patience"], c["min_delta"])
            said = [stop.step(loss) for loss in c["losses"]]
            found.append({"returned": said, "best_step": stop.best_step, "again": stop.best_step})
        return found

    def truth(inputs):
        told = all_by_definition(inputs)
        last = [one["best_step"][-1] for one in told]
        return [one | {"best_step": step, "again": step} for one, step in zip(told, last)]


@probe(task=2, visible=True, seeds=1, tolerance=EXACT)
class WeightsOfTheBestStep:
    "best_params after each step of a short training that writes into its arrays"

    def make(rng):
        w = np.array([1.0, -2.0])
        moves = [np.asarray(move) for move in (0.0, 0.5, 0.25, -1.0, 3.0)]
        losses = [3.0, 2.0, 2.5, float("nan"), 2.0]
        return {"losses": losses, "patience": 2, "min_delta": 0.25, "start": {"w": w}, "moves": moves}

    def ask(answer, inputs):
        return moved_on(answer, inputs)

    def truth(inputs):
        return kept_by_definition(inputs)


@calls({2: moved_on}, truth=kept_by_definition, points=3, tolerance=EXACT)
def LongTraining(rng):
    "thirty steps with four arrays of different shapes and dtypes, and every dictionary that was ever kept"
    return {**training(rng, 30, 4, 0.125)}


@calls({2: moved_on}, truth=kept_by_definition, tolerance=EXACT, kind="edge")
def BeginsWithNan(rng):
    "a training whose first loss is nan, and one whose first is inf; all others are in the hundreds"
    made = [training(rng, 8, 2, 0.0, first=first) for first in (float("nan"), float("inf"))]
    for c in made:
        c["losses"] = [loss + 512.0 for loss in c["losses"]]
    return made


@probe(task=2, tolerance=EXACT)
class TwoTrainings:
    "two trainings with equal shapes in turn, and views of one large array as weights"

    def make(rng):
        return {"table": rng.standard_normal((6, 8)), "curves": [walk(rng, 12, 3, 0.25) for _ in range(2)]}

    def ask(answer, inputs):
        table, told = inputs["table"].copy(), []
        parts = [{"w": table[::2, 1::2], "b": table[1]}, {"w": table[::-2, ::-2], "b": table[2]}]
        stops = [answer.EarlyStop(c["patience"], c["min_delta"]) for c in inputs["curves"]]
        for number in range(12):
            for stop, c, params in zip(stops, inputs["curves"], parts):
                table += 0.25
                stop.step(c["losses"][number], params)
                told.append(stop.best_params)
        return told

    def truth(inputs):
        table, told, best = inputs["table"].copy(), [], [None, None]
        for number in range(12):
            for which, c in enumerate(inputs["curves"]):
                table = table + 0.25
                if improvements(c, number + 1)[-1:] == [number]:
                    views = [[table[::2, 1::2], table[1]], [table[::-2, ::-2], table[2]]][which]
                    best[which] = dict(zip(("w", "b"), views))
                told.append(best[which])
        return told


@probe(task=2, seeds=2, tolerance=EXACT)
class SomeArraysRest:
    "arrays that rest while others move, and somebody writes into the best_params of earlier improvements"

    def make(rng):
        losses = np.array([6.0, 7.0, 5.0, 4.0, 4.0, 2.0]) + int(rng.integers(9))
        start = {"moves": rng.integers(-9, 9, (2, 3)) / 4, "rests": rng.standard_normal(4)}
        return {"losses": losses.tolist(), "start": start | {"counts": rng.integers(0, 9, 3)}}

    def ask(answer, inputs):
        stop, seen, earlier = answer.EarlyStop(3, 0.5), [], None
        params = {name: array.copy() for name, array in inputs["start"].items()}
        for loss in inputs["losses"]:
            params["moves"] += 1.0
            stop.step(loss, params)
            best = stop.best_params
            if earlier is not None and best is not earlier:
                for array in earlier.values():
                    array[...] = 77
            seen.append({name: array.copy() for name, array in best.items()})
            earlier = best
        return seen

    def truth(inputs):
        moved = [inputs["start"]["moves"] + best for best in (1.0, 1.0, 3.0, 4.0, 4.0, 6.0)]
        return [inputs["start"] | {"moves": array} for array in moved]
