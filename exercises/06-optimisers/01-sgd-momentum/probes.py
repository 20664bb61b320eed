"""An optimiser's path: every parameter after every step, read from the arrays that were handed over.

What is right comes from the sums that the recursion stands for: a velocity is the sum of all gradients so
far, each times momentum to the power of its age.
"""

from functools import partial

import numpy as np

from grader.language import EXACT, T32, Tolerance, calls, probe, travels


@travels
def with_gaps(a):
    """A larger array and a view of every second entry of it, backwards, that holds a."""
    around = np.full([2 * n for n in a.shape], 0.5, a.dtype)
    view = around[tuple(slice(None, None, -2) for _ in a.shape)]
    view[...] = a
    return around, view


@travels
def handed_over(buffers, grads):
    """The caller's own gradient arrays, filled with this step's numbers."""
    for buffer, g in zip(buffers, grads, strict=True):
        if g is not None:
            buffer[...] = g
    return [None if g is None else buffer for buffer, g in zip(buffers, grads, strict=True)]


@travels
def walked(answer, c, words):
    """Every array after each step. Where groups share arrays, several optimisers move the same ones."""
    optimizers, held, around, buffers = [], [], [], []
    for group in c["groups"]:
        arrays = [np.array(a) for a in group["start"]]
        if "gaps" in c:
            both = [with_gaps(a) for a in arrays]
            around, arrays = [*around, *[a for a, _ in both]], [view for _, view in both]
        if "shared" in c and held:
            arrays = held[0]
        options = {word: group[word] for word in words}
        optimizers.append(answer.SGD(list(arrays), group["lrs"][0], **options))
        held.append(arrays)
        buffers.append([np.zeros_like(a) for a in arrays])
    trace = [[[] for _ in arrays] for arrays in held]
    for step in range(len(c["groups"][0]["lrs"])):
        for number, (optimizer, group) in enumerate(zip(optimizers, c["groups"], strict=True)):
            grads = group["grads"][step]
            if step:
                optimizer.lr = group["lrs"][step]
            if "reused" in c:
                grads = handed_over(buffers[number], grads)
            optimizer.step(grads)
            if "reused" in c:
                for buffer in buffers[number]:
                    buffer[...] = 7.5
            for seen, a in zip(trace[number], held[number], strict=True):
                seen.append(a.copy())
    paths = {
        f"optimiser {number}, params[{place}], step by step": np.array(seen)
        for number, arrays in enumerate(trace, 1)
        for place, seen in enumerate(arrays)
    }
    return paths | {f"around params[{place}]": a for place, a in enumerate(around)}


@travels
def plain(answer, c):
    return walked(answer, c, ())


@travels
def heavy(answer, c):
    return walked(answer, c, ("momentum",))


@travels
def nesterov(answer, c):
    return walked(answer, c, ("momentum", "nesterov"))


def surroundings(paths, c):
    """The arrays around views: untouched but for the view itself, which is where its path ends."""
    found = {}
    for place, (a, path) in enumerate(zip(c["groups"][0]["start"], paths.values())):
        around, view = with_gaps(np.array(a))
        view[...] = path[-1]
        found[f"around params[{place}]"] = around
    return found


def exact(momentum_counts, nesterov_counts, c):
    """The same paths from sums over all earlier gradients: no velocity is kept anywhere."""
    now = [[np.array(a, dtype=np.float64) for a in group["start"]] for group in c["groups"]]
    if "shared" in c:
        now = [now[0]] * len(now)
    seen = [[[] for _ in arrays] for arrays in now]
    for step in range(len(c["groups"][0]["lrs"])):
        for arrays, path, group in zip(now, seen, c["groups"], strict=True):
            mu = group["momentum"] if momentum_counts else 0.0
            for place, p in enumerate(arrays):
                past = [grads[place] for grads in group["grads"][: step + 1] if grads[place] is not None]
                if group["grads"][step][place] is not None:
                    v = sum(mu**age * g.astype(np.float64) for age, g in enumerate(past[::-1]))
                    move = past[-1] + mu * v if nesterov_counts else v
                    p -= group["lrs"][step] * move
                path[place].append(p.copy())
    paths = {
        f"optimiser {number}, params[{place}], step by step": np.array(a).astype(start.dtype)
        for number, (arrays, group) in enumerate(zip(seen, c["groups"], strict=True), 1)
        for place, (a, start) in enumerate(zip(arrays, group["start"], strict=True))
    }
    return paths | (surroundings(paths, c) if "gaps" in c else {})


WAYS = {1: plain, 2: heavy, 3: nesterov}
TRUTHS = {
    1: partial(exact, False, False),
    2: partial(exact, True, False),
    3: partial(exact, True, True),
}


def draw(rng, shape, scale=1.0, dtype="float64"):
    return np.asarray(scale * rng.standard_normal(shape)).astype(dtype)


def group(rng, shapes, steps, scale=1.0, dtype="float64", skipped=0.0):
    """One optimiser's life: first values, gradients, learning rates that change, odd settings."""
    grads = [[draw(rng, shape, scale, dtype) for shape in shapes] for _ in range(steps)]
    for one in grads:
        for place in range(len(shapes)):
            if rng.random() < skipped:
                one[place] = None
    return {
        "start": [draw(rng, shape, scale, dtype) for shape in shapes],
        "grads": grads,
        "lrs": [round(float(lr), 3) for lr in rng.uniform(0.02, 0.3, steps)],
        "momentum": round(float(rng.uniform(0.55, 0.93)), 2),
        "nesterov": True,
    }


@calls(WAYS, truth=TRUTHS, visible=True, seeds=2)
def ThreeSteps(rng):
    "three steps of a table and a row"
    return {"groups": [group(rng, [(2, 3), (3,)], 3)]}


@calls(WAYS, truth=TRUTHS, points=2, tolerance=Tolerance(1e-9, 1e-24))
def FiftySteps(rng):
    "fifty steps, gradients of size 1, 1e-4 and 1e-8, rows of zeros, a learning rate that changes, to 0 too"
    made = [group(rng, [(3, 4), (5,)], 50, scale) for scale in (1.0, 1e-4, 1e-8)]
    made[1]["lrs"][0] = 0.0
    for one in made:
        one["lrs"][20] = 0.0
        for grads in one["grads"]:
            grads[0][int(rng.integers(3))] = 0.0
            grads[0][1] = 0.0
    return {"groups": made}


@calls(WAYS, truth=TRUTHS, tolerance=Tolerance(1e-9, 1e-24))
def SameShapes(rng):
    "three parameters of one shape, in two optimisers that take turns"
    shapes = [(2, 3), (2, 3), (2, 3)]
    return {"groups": [group(rng, shapes, 6), group(rng, shapes, 6)]}


@calls({3: nesterov}, truth={3: partial(exact, True, True)}, kind="edge")
def NoMomentum(rng):
    "nesterov=True with a momentum of 0: plain steps"
    return {"groups": [group(rng, [(2, 3), (4,)], 4) | {"momentum": 0.0}]}


@calls(WAYS, truth=TRUTHS, kind="edge")
def SharedArrays(rng):
    "two optimisers that take turns with the same arrays, each with a memory of its own"
    first, second = group(rng, [(3, 2), (2,)], 5), group(rng, [(3, 2), (2,)], 5)
    return {"groups": [first, second | {"start": first["start"]}], "shared": True}


@calls(WAYS, truth=TRUTHS, kind="edge")
def Skipped(rng):
    "gradients that are None now and then, and some that are zero throughout"
    made = group(rng, [(2, 2), (4,), (2, 2)], 9, skipped=0.4)
    made["grads"][0][1] = made["grads"][4][0] = made["grads"][5][2] = None
    for step, place in ((7, 0), (7, 2), (8, 1)):
        made["grads"][step][place] = np.zeros(made["start"][place].shape)
    return {"groups": [made]}


@calls(WAYS, truth=TRUTHS, kind="edge")
def OddShapes(rng):
    "a single number, no numbers at all, one row, and three axes"
    return {"groups": [group(rng, [(), (0, 3), (1, 4), (2, 1, 3), (1,)], 5)]}


@calls(WAYS, truth=TRUTHS, kind="purity")
def GradientsRefilled(rng):
    "the caller writes each step's gradients into the same arrays, and scribbles over them afterwards"
    return {"groups": [group(rng, [(2, 3), (3,)], 6)], "reused": True}


@calls(WAYS, truth=TRUTHS, kind="edge")
def Views(rng):
    "parameters that are views with gaps, gradients in another memory order, and what lies in the gaps"
    made = group(rng, [(3, 4), (5,)], 5)
    made["grads"] = [[np.asfortranarray(g) for g in grads] for grads in made["grads"]]
    return {"groups": [made], "gaps": True}


@calls(WAYS, truth=TRUTHS, tolerance=T32)
def SinglePrecision(rng):
    "twenty steps in float32"
    return {"groups": [group(rng, [(3, 5), (2,)], 20, dtype="float32")]}


@probe(task=1, seeds=1, tolerance=EXACT, veto=True)
class ReturnsNothing:
    "what step returns: nothing"

    def make(rng):
        return {"start": draw(rng, (2, 3)), "g": draw(rng, (2, 3))}

    def ask(answer, inputs):
        return {"returned by step": answer.SGD([inputs["start"].copy()], 0.1).step([inputs["g"]])}

    def truth(inputs):
        return {"returned by step": None}
