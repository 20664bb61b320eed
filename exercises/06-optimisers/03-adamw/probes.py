"""An optimiser's path: every parameter after every step, read from the arrays that were handed over.

What is right comes from weighted means over all gradients so far, the weight of each being beta to the power
of its age: a corrected running mean is exactly that. The decay is a factor in front.
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
        optimizers.append(answer.AdamW(list(arrays), **group["options"]))
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
    """lr, betas, eps and the decays of a step: those of the page where nothing else was said."""
    known = {"lr": 1e-3, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.01} | group["options"]
    decays = known["weight_decay"]
    if not isinstance(decays, list):
        decays = [decays] * len(group["start"])
    return group["lrs"][step] if "lrs" in group else known["lr"], known["betas"], known["eps"], decays


def exact(c):
    """The same paths from weighted means over all earlier gradients: nothing is kept from step to step."""
    now = [[np.array(a, dtype=np.float64) for a in group["start"]] for group in c["groups"]]
    if "shared" in c:
        now = [now[0]] * len(now)
    seen = [[[] for _ in arrays] for arrays in now]
    for step in range(len(c["groups"][0]["grads"])):
        for arrays, path, group in zip(now, seen, c["groups"], strict=True):
            lr, (beta1, beta2), eps, decays = settings(group, step)
            for place, p in enumerate(arrays):
                past = [grads[place] for grads in group["grads"][: step + 1] if grads[place] is not None]
                if group["grads"][step][place] is not None:
                    squares = [g.astype(np.float64) ** 2 for g in past]
                    move = weighted(past, beta1) / (weighted(squares, beta2) ** 0.5 + eps)
                    p[...] = (1 - lr * decays[place]) * p - lr * move
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
        lr, betas, eps, (decay,) = settings(group, step)
        for k, (beta, new) in enumerate(zip(betas, (g, g * g), strict=True)):
            sums[k], weights[k] = beta * sums[k] + new, beta * weights[k] + 1
        m, v = (total / weight for total, weight in zip(sums, weights))
        p = (1 - lr * decay) * p - lr * m / (np.sqrt(v) + eps)
        path.append(p)
    return {"optimiser 1, params[0], step by step": np.array(path)}


def draw(rng, shape, scale=1.0, dtype="float64"):
    return np.asarray(scale * rng.standard_normal(shape)).astype(dtype)


def odd(rng):
    """Settings that nobody uses, so that none of them can be left out."""
    return {
        "lr": round(float(rng.uniform(0.02, 0.2)), 3),
        "betas": (round(float(rng.uniform(0.6, 0.85)), 2), round(float(rng.uniform(0.86, 0.97)), 2)),
        "eps": 1e-3,
        "weight_decay": round(float(rng.uniform(0.1, 0.9)), 2),
    }


def group(rng, shapes, steps, options, scale=1.0, dtype="float64", skipped=0.0):
    """One optimiser's life: first values, gradients, and learning rates that change if there are any."""
    grads = [[draw(rng, shape, scale, dtype) for shape in shapes] for _ in range(steps)]
    for one in grads:
        for place in range(len(shapes)):
            if rng.random() < skipped:
                one[place] = None
    made = {"start": [draw(rng, shape, 1.0, dtype) for shape in shapes], "grads": grads, "options": options}
    if options:
        made["lrs"] = [options["lr"], *[round(float(lr), 3) for lr in rng.uniform(0.02, 0.2, steps - 1)]]
    return made


@calls({1: walked}, truth=exact, visible=True, seeds=2)
def ThreeSteps(rng):
    "three steps of a table and a row"
    return {"groups": [group(rng, [(2, 3), (3,)], 3, odd(rng))]}


@calls({1: walked}, truth=exact, points=3)
def FiftySteps(rng):
    "fifty steps, gradients of size 1, 1e-4 and 1e-8, rows of zeros, a learning rate that changes, to 0 too"
    settings = [
        {"lr": lr, "betas": (0.8, 0.9), "eps": eps, "weight_decay": 0.3}
        for lr, eps in ((0.05, 1e-3), (0.0, 1e-4), (0.05, 1e-8))
    ]
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


@calls({1: walked}, truth=exact)
def AsItComes(rng):
    "thirty steps with the settings that the class has when nothing is said"
    return {"groups": [group(rng, [(2, 3), (4,)], 30, {}, scale) for scale in (3.0, 1e-7)]}


@calls({1: walked}, truth=exact)
def SameShapes(rng):
    "three parameters of one shape, in two optimisers with other settings that take turns"
    shapes = [(2, 3), (2, 3), (2, 3)]
    return {"groups": [group(rng, shapes, 6, odd(rng)), group(rng, shapes, 6, odd(rng))]}


@calls({1: walked}, truth=exact, points=2)
def ADecayForEach(rng):
    "a list of decays, with a zero and two equal ones in it"
    shapes = [(2, 3), (3,), (2, 3), (2, 2)]
    decays = [0.4, 0.0, round(float(rng.uniform(0.5, 0.9)), 2), 0.4]
    first = group(rng, shapes, 7, odd(rng) | {"weight_decay": decays})
    second = group(rng, shapes[:2], 7, odd(rng) | {"weight_decay": [0.0, 0.7]})
    return {"groups": [first, second]}


@calls({1: walked}, truth=exact, kind="edge")
def DecaysAndGaps(rng):
    "a list of decays, and gradients that are None now and then"
    made = group(
        rng, [(2, 3), (3,), (2, 2), (4,)], 8, odd(rng) | {"weight_decay": [0.8, 0.0, 0.5, 0.2]}, skipped=0.3
    )
    made["grads"][1][0] = made["grads"][2][1] = made["grads"][4][2] = None
    return {"groups": [made]}


@calls({1: walked}, truth=exact, kind="edge")
def NoDecay(rng):
    "a decay of zero for all: Adam itself; and whole numbers, 0 and 1"
    return {
        "groups": [group(rng, [(2, 3), (4,)], 7, odd(rng) | {"weight_decay": one}) for one in (0.0, 0, 1)]
    }


@calls({1: walked}, truth=exact, kind="edge")
def SharedArrays(rng):
    "two optimisers that take turns with the same arrays, each with a memory of its own"
    first = group(rng, [(3, 2), (2,)], 5, odd(rng))
    second = group(rng, [(3, 2), (2,)], 5, odd(rng)) | {"start": first["start"]}
    return {"groups": [first, second], "shared": True}


@calls({1: walked}, truth=exact, points=2, kind="edge")
def Skipped(rng):
    "gradients that are None now and then, or zero throughout, and a parameter that joins late"
    made = group(rng, [(2, 2), (4,), (2, 2)], 12, odd(rng), skipped=0.3)
    for grads in made["grads"][:4]:
        grads[1] = None
    made["grads"][0][0] = made["grads"][1][2] = made["grads"][6][0] = None
    for step, place in ((7, 0), (7, 2), (8, 1)):
        made["grads"][step][place] = np.zeros(made["start"][place].shape)
    return {"groups": [made]}


@calls({1: walked}, truth=exact, kind="edge")
def OddShapes(rng):
    "a single number, no numbers at all, one row, and three axes"
    return {"groups": [group(rng, [(), (0, 3), (1, 4), (2, 1, 3), (1,)], 5, odd(rng))]}


@calls({1: walked}, truth=exact, kind="edge")
def OneBetaIsZero(rng):
    "no memory of gradients, or none of their squares"
    return {
        "groups": [
            group(rng, [(2, 3)], 6, odd(rng) | {"betas": (0.0, 0.9)}),
            group(rng, [(3, 2)], 6, odd(rng) | {"betas": (0.7, 0.0)}),
        ]
    }


@calls({1: walked}, truth=exact, kind="edge")
def ZerosThroughout(rng):
    "forty steps in which the gradients of one table are zero: pure decay"
    options = {"lr": 0.1, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.2}
    made = group(rng, [(2, 3), (3,)], 40, options)
    for step, grads in enumerate(made["grads"]):
        grads[0][...] = 0.0
        grads[1][: max(0, 3 - step // 2)] = 0.0
    return {"groups": [made]}


@calls({1: walked}, truth=exact, kind="purity")
def GradientsRefilled(rng):
    "the caller writes each step's gradients into the same arrays, and scribbles over them afterwards"
    return {"groups": [group(rng, [(2, 3), (3,)], 6, odd(rng))], "reused": True}


@calls({1: walked}, truth=exact, kind="edge")
def Views(rng):
    "parameters that are views with gaps, gradients in another memory order, and what lies in the gaps"
    made = group(rng, [(3, 4), (5,)], 5, odd(rng))
    made["grads"] = [[np.asfortranarray(g) for g in grads] for grads in made["grads"]]
    return {"groups": [made], "gaps": True}


@calls({1: walked}, truth=exact, tolerance=T32)
def SinglePrecision(rng):
    "twenty steps in float32"
    return {"groups": [group(rng, [(3, 5), (2,)], 20, odd(rng), dtype="float32")]}


@calls({1: walked}, truth=by_running_sums, seeds=1)
def ALongTraining(rng):
    "eleven hundred steps with the settings that the class has when nothing is said"
    return {"groups": [group(rng, [(3,)], 1100, {})]}


@probe(task=1, seeds=1, tolerance=EXACT, veto=True)
class ReturnsNothing:
    "what step returns: nothing"

    def make(rng):
        return {"start": draw(rng, (2, 3)), "g": draw(rng, (2, 3))}

    def ask(answer, inputs):
        return {"returned by step": answer.AdamW([inputs["start"].copy()]).step([inputs["g"]])}

    def truth(inputs):
        return {"returned by step": None}


SOME = [(4, 3), (3,), (), (5, 1), (1, 1), (2, 3, 1), (7,), (1,), (0, 3), (0,), (3, 2, 2, 2)]


def by_axes(params, weight_decay):
    return [0.0 if np.asarray(p).shape in [(), (np.size(p),)] else weight_decay for p in params]


def some_arrays(rng):
    order = [SOME[place] for place in rng.permutation(len(SOME))]
    return {"params": [draw(rng, shape) for shape in order], "weight_decay": float(rng.uniform(0.01, 0.2))}


@calls({2: "decay_list"}, truth=by_axes, visible=True, seeds=1)
def ASmallNet(rng):
    "the weights and biases of two layers, and a gain"
    shapes = [(3, 2), (2,), (2, 1), (1,), ()]
    return {"params": [draw(rng, shape) for shape in shapes], "weight_decay": 0.1}


@calls({2: "decay_list"}, truth=by_axes, points=2)
def ManyArrays(rng):
    "arrays with none, one and several axes, in many orders"
    return [some_arrays(rng) for _ in range(6)]


@calls({2: "decay_list"}, truth=by_axes, kind="edge")
def FewArrays(rng):
    "one array, none at all, and a decay of zero"
    some = {"params": [draw(rng, (2, 3)), draw(rng, (3,))]}
    decay = float(rng.uniform(0.01, 0.2))
    return [
        {"params": [draw(rng, (4,))], "weight_decay": decay},
        {"params": [], "weight_decay": decay},
        some | {"weight_decay": 0.0},
        {"params": [draw(rng, (1, 6))], "weight_decay": decay},
    ]


@travels
def of_a_list_that_grows(answer, c):
    params = list(c["params"])
    first = answer.decay_list(params, c["weight_decay"])
    params += c["more"]
    return [first, answer.decay_list(params, c["weight_decay"])]


def by_axes_as_it_grows(c):
    grown = c["params"] + c["more"]
    return [by_axes(c["params"], c["weight_decay"]), by_axes(grown, c["weight_decay"])]


@calls({2: of_a_list_that_grows}, truth=by_axes_as_it_grows, kind="edge")
def AListThatGrows(rng):
    "the same list again, with more arrays in it"
    return some_arrays(rng) | {"more": [draw(rng, (2, 2)), draw(rng, (5,))]}
