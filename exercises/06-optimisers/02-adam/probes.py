"""An optimiser's path: every parameter after every step, read from the arrays that were handed over.

What is right comes from weighted means over all gradients so far, the weight of each being beta to the power
of its age: a corrected running mean is exactly that.
"""

import numpy as np

from grader.language import EXACT, T32, calls, probe, travels


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
def walked(answer, c):
    """Every array after each step. Where groups share arrays, several optimisers move the same ones."""
    optimizers, held, around, buffers = [], [], [], []
    for group in c["groups"]:
        arrays = [np.array(a) for a in group["start"]]
        if "gaps" in c:
            both = [with_gaps(a) for a in arrays]
            around, arrays = [*around, *[a for a, _ in both]], [view for _, view in both]
        if "shared" in c and held:
            arrays = held[0]
        optimizers.append(answer.Adam(list(arrays), **group["options"]))
        held.append(arrays)
        buffers.append([np.zeros_like(a) for a in arrays])
    trace = [[[] for _ in arrays] for arrays in held]
    for step in range(len(c["groups"][0]["grads"])):
        for number, (optimizer, group) in enumerate(zip(optimizers, c["groups"], strict=True)):
            grads = group["grads"][step]
            if step and "lrs" in group:
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
def kept(answer, c):
    """Results of two calls of one shape, looked at after the values of both were overwritten."""
    cases = [np.array(values) for values in c["values"]]
    found = [answer.running_mean(values, c["beta"]) for values in cases]
    for values in cases:
        values[...] = 9.25
    return found


def of_each(c):
    return [means(values, c["beta"]) for values in c["values"]]


def surroundings(paths, c):
    """The arrays around views: untouched but for the view itself, which is where its path ends."""
    found = {}
    for place, (a, path) in enumerate(zip(c["groups"][0]["start"], paths.values())):
        around, view = with_gaps(np.array(a))
        view[...] = path[-1]
        found[f"around params[{place}]"] = around
    return found


def weighted(past, beta):
    """The mean of arrays with weight beta**age, in float64."""
    weights = beta ** np.arange(len(past) - 1, -1, -1.0)
    return np.tensordot(weights / weights.sum(), np.array(past, dtype=np.float64), 1)


def settings(group, step):
    """lr, betas and eps of a step: those of the page where nothing else was said."""
    known = {"lr": 1e-3, "betas": (0.9, 0.999), "eps": 1e-8} | group["options"]
    return group["lrs"][step] if "lrs" in group else known["lr"], known["betas"], known["eps"]


def exact(c):
    """The same paths from weighted means over all earlier gradients: nothing is kept from step to step."""
    now = [[np.array(a, dtype=np.float64) for a in group["start"]] for group in c["groups"]]
    if "shared" in c:
        now = [now[0]] * len(now)
    seen = [[[] for _ in arrays] for arrays in now]
    for step in range(len(c["groups"][0]["grads"])):
        for arrays, path, group in zip(now, seen, c["groups"], strict=True):
            lr, (beta1, beta2), eps = settings(group, step)
            for place, p in enumerate(arrays):
                past = [grads[place] for grads in group["grads"][: step + 1] if grads[place] is not None]
                if group["grads"][step][place] is not None:
                    squares = [g.astype(np.float64) ** 2 for g in past]
                    p -= lr * weighted(past, beta1) / (weighted(squares, beta2) ** 0.5 + eps)
                path[place].append(p.copy())
    paths = {
        f"optimiser {number}, params[{place}], step by step": np.array(a).astype(start.dtype)
        for number, (arrays, group) in enumerate(zip(seen, c["groups"], strict=True), 1)
        for place, (a, start) in enumerate(zip(arrays, group["start"], strict=True))
    }
    return paths | (surroundings(paths, c) if "gaps" in c else {})


def by_running_sums(c):
    """One array over many steps: from sums that fade, and the sums of their weights."""
    (group,) = c["groups"]
    p, path = np.array(group["start"][0]), []
    sums, weights = [0 * p, 0 * p], [0.0, 0.0]
    for step, (g,) in enumerate(group["grads"]):
        lr, betas, eps = settings(group, step)
        for k, (beta, new) in enumerate(zip(betas, (g, g * g), strict=True)):
            sums[k], weights[k] = beta * sums[k] + new, beta * weights[k] + 1
        m, v = (total / weight for total, weight in zip(sums, weights))
        p = p - lr * m / (np.sqrt(v) + eps)
        path.append(p)
    return {"optimiser 1, params[0], step by step": np.array(path)}


def means(values, beta):
    return np.array([weighted(values[:t], beta) for t in range(1, len(values) + 1)]).astype(values.dtype)


def draw(rng, shape, scale=1.0, dtype="float64"):
    return np.asarray(scale * rng.standard_normal(shape)).astype(dtype)


def odd(rng):
    """Settings that nobody uses, so that none of them can be left out."""
    return {
        "lr": round(float(rng.uniform(0.02, 0.2)), 3),
        "betas": (round(float(rng.uniform(0.6, 0.85)), 2), round(float(rng.uniform(0.86, 0.97)), 2)),
        "eps": 1e-3,
    }


def group(rng, shapes, steps, options, scale=1.0, dtype="float64", skipped=0.0):
    """One optimiser's life: first values, gradients, and learning rates that change if there are any."""
    grads = [[draw(rng, shape, scale, dtype) for shape in shapes] for _ in range(steps)]
    for one in grads:
        for place in range(len(shapes)):
            if rng.random() < skipped:
                one[place] = None
    made = {"start": [draw(rng, shape, 0.3, dtype) for shape in shapes], "grads": grads, "options": options}
    if options:
        made["lrs"] = [options["lr"], *[round(float(lr), 3) for lr in rng.uniform(0.02, 0.2, steps - 1)]]
    return made


@calls({1: "running_mean"}, truth=means, visible=True, seeds=2)
def FewNumbers(rng):
    "the corrected running mean of five numbers"
    return {"values": rng.standard_normal(5).round(2), "beta": 0.8}


@calls({1: "running_mean"}, truth=means, points=2)
def ManyMeans(rng):
    "numbers, rows and tables, with slow and fast means"
    cases = [((60,), 0.999), ((9, 4), 0.5), ((7, 2, 3), 0.93), ((1, 3), 0.9), ((1,), 0.7), ((5, 0), 0.9)]
    cases.append(((400,), 0.1))
    return [{"values": 2 + rng.standard_normal(shape), "beta": beta} for shape, beta in cases]


@calls({1: "running_mean"}, truth=means, kind="edge")
def NoMemory(rng):
    "beta = 0, the same value again and again, zeros, and two calls of one shape"
    return [
        {"values": rng.standard_normal((6, 2)), "beta": 0.0},
        {"values": np.full((6, 2), float(rng.uniform(1, 2))), "beta": 0.95},
        {"values": np.zeros((6, 2)), "beta": 0.9},
    ]


@calls({1: kept}, truth=of_each, kind="purity")
def ResultsOfTheirOwn(rng):
    "two results of one shape, looked at after somebody wrote into the values"
    return [{"values": [rng.standard_normal((4, 3)) for _ in range(2)], "beta": beta} for beta in (0.0, 0.8)]


@calls({1: "running_mean"}, truth=means, tolerance=T32)
def MeansInSinglePrecision(rng):
    "twelve rows in float32, every second one of a longer array"
    return {"values": draw(rng, (24, 3), dtype="float32")[::2], "beta": 0.85}


@calls({2: walked}, truth=exact, visible=True, seeds=2)
def ThreeSteps(rng):
    "three steps of a table and a row"
    return {"groups": [group(rng, [(2, 3), (3,)], 3, odd(rng))]}


@calls({2: walked}, truth=exact, points=3)
def FiftySteps(rng):
    "fifty steps, gradients of size 1, 1e-4 and 1e-8, rows of zeros, a learning rate that changes, to 0 too"
    rates = ((0.05, 1e-3), (0.0, 1e-4), (0.05, 1e-8))
    settings = [{"lr": lr, "betas": (0.8, 0.9), "eps": eps} for lr, eps in rates]
    made = [
        group(rng, [(3, 4), (5,)], 50, options, scale)
        for options, scale in zip(settings, (1.0, 1e-4, 1e-8), strict=True)
    ]
    for one in made:
        one["lrs"][20] = 0.0
        for grads in one["grads"]:
            grads[0][int(rng.integers(3))] = 0.0
            grads[0][1] = 0.0
    return {"groups": made}


@calls({2: walked}, truth=exact)
def AsItComes(rng):
    "thirty steps with the settings that the class has when nothing is said"
    return {"groups": [group(rng, [(2, 3), (4,)], 30, {}, scale) for scale in (3.0, 1e-7)]}


@calls({2: walked}, truth=exact)
def SameShapes(rng):
    "three parameters of one shape, in two optimisers with other settings that take turns"
    shapes = [(2, 3), (2, 3), (2, 3)]
    return {"groups": [group(rng, shapes, 6, odd(rng)), group(rng, shapes, 6, odd(rng))]}


@calls({2: walked}, truth=exact, kind="edge")
def SharedArrays(rng):
    "two optimisers that take turns with the same arrays, each with a memory of its own"
    first = group(rng, [(3, 2), (2,)], 5, odd(rng))
    second = group(rng, [(3, 2), (2,)], 5, odd(rng)) | {"start": first["start"]}
    return {"groups": [first, second], "shared": True}


@calls({2: walked}, truth=exact, points=2, kind="edge")
def Skipped(rng):
    "gradients that are None now and then, or zero throughout, and a parameter that joins late"
    made = group(rng, [(2, 2), (4,), (2, 2)], 12, odd(rng), skipped=0.3)
    for grads in made["grads"][:4]:
        grads[1] = None
    made["grads"][0][0] = made["grads"][1][2] = made["grads"][6][0] = None
    for step, place in ((7, 0), (7, 2), (8, 1)):
        made["grads"][step][place] = np.zeros(made["start"][place].shape)
    return {"groups": [made]}


@calls({2: walked}, truth=exact, kind="edge")
def OddShapes(rng):
    "a single number, no numbers at all, one row, and three axes"
    return {"groups": [group(rng, [(), (0, 3), (1, 4), (2, 1, 3), (1,)], 5, odd(rng))]}


@calls({2: walked}, truth=exact, kind="edge")
def OneBetaIsZero(rng):
    "no memory of gradients, or none of their squares"
    first = group(rng, [(2, 3)], 6, odd(rng) | {"betas": (0.0, 0.9)})
    second = group(rng, [(3, 2)], 6, odd(rng) | {"betas": (0.7, 0.0), "eps": 1.0})
    second["grads"][2][0][1] = second["grads"][4][0][...] = 0.0  # v is 0 here, and m is not
    return {"groups": [first, second]}


@calls({2: walked}, truth=exact, kind="edge")
def ZerosThroughout(rng):
    "gradients that are zero in every step, and some that are zero at first"
    made = group(rng, [(2, 3), (3,)], 6, {"lr": 0.1, "betas": (0.9, 0.999), "eps": 1e-8})
    for step, grads in enumerate(made["grads"]):
        grads[0][...] = 0.0
        grads[1][: 3 - step // 2] = 0.0
    return {"groups": [made]}


@calls({2: walked}, truth=exact, kind="purity")
def GradientsRefilled(rng):
    "the caller writes each step's gradients into the same arrays, and scribbles over them afterwards"
    return {"groups": [group(rng, [(2, 3), (3,)], 6, odd(rng))], "reused": True}


@calls({2: walked}, truth=exact, kind="edge")
def Views(rng):
    "parameters that are views with gaps, gradients in another memory order, and what lies in the gaps"
    made = group(rng, [(3, 4), (5,)], 5, odd(rng))
    made["grads"] = [[np.asfortranarray(g) for g in grads] for grads in made["grads"]]
    return {"groups": [made], "gaps": True}


@calls({2: walked}, truth=exact, tolerance=T32)
def SinglePrecision(rng):
    "twenty steps in float32"
    return {"groups": [group(rng, [(3, 5), (2,)], 20, odd(rng), dtype="float32")]}


@calls({2: walked}, truth=by_running_sums, seeds=1)
def ALongTraining(rng):
    "eleven hundred steps with the settings that the class has when nothing is said"
    return {"groups": [group(rng, [(3,)], 1100, {})]}


@probe(task=2, seeds=1, tolerance=EXACT, veto=True)
class ReturnsNothing:
    "what step returns: nothing"

    def make(rng):
        return {"start": draw(rng, (2, 3)), "g": draw(rng, (2, 3))}

    def ask(answer, inputs):
        return {"returned by step": answer.Adam([inputs["start"].copy()]).step([inputs["g"]])}

    def truth(inputs):
        return {"returned by step": None}
