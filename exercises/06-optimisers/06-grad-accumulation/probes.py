"""Means over what counts, place by place; and sums over pieces against one batch of everything."""

import numpy as np

from grader.language import T32, calls, probe, travels


@travels
def kept(answer, c):
    """What two calls of one shape returned, looked at after somebody wrote into all that was handed in."""
    cases = [[[np.array(p) for p in one["params"]], *map(np.array, one["data"])] for one in c["cases"]]
    found = [answer.masked_mse(*case) for case in cases]
    for params, X, y, mask in cases:
        for array in (*params, X, y):
            array[...] = 6.5
        mask[...] = False
    return found


@travels
def piece(params, batch):
    """Loss, gradients and count of one micro-batch of a layer of tanh; nan where nothing counts."""
    W, b = params
    keep = batch["mask"]
    x, y, count = batch["x"][keep], batch["y"][keep], int(keep.sum())
    if not count:
        return float("nan"), [np.full_like(W, np.nan), np.full_like(b, np.nan)], 0
    p = np.tanh(x @ W + b)
    d = (p - y) * (1 - p * p) * (2 / count)
    return float(((p - y) ** 2).sum()) / count, [x.T @ d, d.sum(axis=0)], count


@travels
def mean_loss(params, batches):
    rows = [piece(params, batch) for batch in batches]
    return sum(count * loss for loss, _, count in rows if count) / sum(count for _, _, count in rows)


@travels
def listed(answer, c):
    """The gradients, and all batches that were asked for."""
    asked = []

    def loss_grad_fn(batch):
        asked.append(batch["name"])
        return piece(c["params"], batch)

    return {"grads": answer.accumulate(loss_grad_fn, c["batches"]), "batches asked for": asked}


@travels
def fresh(answer, c):
    """The same with the batches that were asked for last: whoever asks a second time gets the same."""
    found = listed(answer, c)
    return found | {"batches asked for": found["batches asked for"][-len(c["batches"]) :]}


@travels
def reused(answer, c):
    """The same arrays are handed out at every call, and written into after the last one."""
    buffers = [np.zeros_like(p) for p in c["params"]]

    def loss_grad_fn(batch):
        loss, grads, count = piece(c["params"], batch)
        for buffer, g in zip(buffers, grads, strict=True):
            buffer[...] = g
        return loss, buffers, count

    found = []
    for batches in c["several"]:
        found.append(answer.accumulate(loss_grad_fn, batches))
        after = [np.array(buffer) for buffer in buffers]
        found.append({"what was handed out last": after})
        for buffer in buffers:
            buffer[...] = 4.75
    return found


@travels
def looked_up(answer, c):
    table = [(0.0, [np.array(g) for g in one["grads"]], one["count"]) for one in c["pieces"]]
    return answer.accumulate(lambda batch: table[batch], list(range(len(table))))


def place_by_place(params, X, y, mask):
    w, b = params
    count, loss, dw, db = 0, 0.0, np.zeros(w.shape), 0.0
    for at in zip(*np.nonzero(mask), strict=True):
        x = X[at].astype(np.float64)
        error = float(np.dot(x, w)) + float(b[0]) - float(y[at])
        count, loss, dw, db = count + 1, loss + error**2, dw + 2 * error * x, db + 2 * error
    share = max(count, 1)
    return [loss / share, [(dw / share).astype(w.dtype), np.array([db / share]).astype(b.dtype)], count]


def of_both(c):
    return [place_by_place(one["params"], *one["data"]) for one in c["cases"]]


def whole(params, batches):
    """The gradient of everything as one batch, row by row."""
    W, b = (p.astype(np.float64) for p in params)
    dW, db, count = np.zeros(W.shape), np.zeros(b.shape), 0
    for batch in batches:
        for x, y, counts in zip(batch["x"].astype(float), batch["y"].astype(float), batch["mask"]):
            if counts:
                p = np.tanh(b + (x[:, None] * W).sum(axis=0))
                d = 2 * (p - y) / np.cosh(np.arctanh(p)) ** 2
                dW, db, count = dW + np.outer(x, d), db + d, count + 1
    return [(dW / count).astype(params[0].dtype), (db / count).astype(params[1].dtype)]


def whole_fresh(c):
    names = [batch["name"] for batch in c["batches"]]
    return {"grads": whole(c["params"], c["batches"]), "batches asked for": names}


def whole_reused(c):
    found = []
    for batches in c["several"]:
        found.append(whole(c["params"], batches))
        found.append({"what was handed out last": whole(c["params"], batches[-1:])})
    return found


def weighted(c):
    total = sum(one["count"] for one in c["pieces"])
    used = [one for one in c["pieces"] if one["count"]]
    parts = zip(*[one["grads"] for one in used], strict=True)
    return [sum(one["count"] / total * g for one, g in zip(used, gs, strict=True)) for gs in parts]


def draw(rng, shape, scale=1.0, dtype="float64"):
    return np.asarray(scale * rng.standard_normal(shape)).astype(dtype)


def sequences(rng, B, T, D, dtype="float64", padding=None):
    """Sequences of different lengths: what counts is a beginning of each, with a hole here and there."""
    lengths = rng.integers(1, T + 1, B)
    mask = np.arange(T) < lengths[:, None]
    mask &= rng.random((B, T)) < 0.9
    if B:
        mask[0, 0] = True
    X, y = draw(rng, (B, T, D), 1, dtype), draw(rng, (B, T), 2, dtype)
    if padding is not None:
        X[~mask], y[~mask] = padding, padding
    return {"params": [draw(rng, (D,), 1, dtype), draw(rng, (1,), 1, dtype)], "X": X, "y": y, "mask": mask}


def micro_batch(rng, name, rows, counting, dtype="float64"):
    mask = np.zeros(rows, dtype=bool)
    mask[rng.permutation(rows)[:counting]] = True
    return {
        "name": name,
        "x": draw(rng, (rows, 3), 1, dtype),
        "y": draw(rng, (rows, 2), 1, dtype),
        "mask": mask,
    }


def cut(rng, sizes, counting=None, dtype="float64"):
    """A layer of tanh and micro-batches of these sizes, in which so many rows count."""
    counting = counting or sizes
    batches = [
        micro_batch(rng, f"batch {number}", *pair, dtype)
        for number, pair in enumerate(zip(sizes, counting, strict=True))
    ]
    return {"params": [draw(rng, (3, 2), 0.7, dtype), draw(rng, (2,), 0.7, dtype)], "batches": batches}


@calls({1: "masked_mse"}, truth=place_by_place, visible=True, seeds=1)
def OneSequence(rng):
    "the example of the page"
    return {
        "params": [np.array([2.0]), np.array([1.0])],
        "X": np.array([[[1.0], [3.0], [5.0]]]),
        "y": np.array([[4.0, 5.0, 9.0]]),
        "mask": np.array([[True, True, False]]),
    }


@calls({1: "masked_mse"}, truth=place_by_place, points=2, kind="gradient")
def ManySequences(rng):
    "sequences of many lengths, long and short, few and many"
    sizes = ((5, 7, 3), (2, 4, 1), (4, 2, 5), (1, 9, 2), (6, 1, 3), (1, 1, 4))
    return [sequences(rng, *size) for size in sizes]


@probe(task=1, kind="gradient", wrt=("params",), seeds=2)
class Slopes:
    "the slopes of the loss, for parameters of all signs"

    def make(rng):
        return sequences(rng, 4, 5, 3)

    def ask(answer, inputs):
        return answer.masked_mse(inputs["params"], inputs["X"], inputs["y"], inputs["mask"])[1]

    def value(answer, inputs):
        return answer.masked_mse(inputs["params"], inputs["X"], inputs["y"], inputs["mask"])[0]


@calls({1: "masked_mse"}, truth=place_by_place, kind="edge")
def GarbageInThePadding(rng):
    "padding that holds nan, inf, and numbers of 1e200 and 1e308"
    made = [sequences(rng, 4, 6, 2, padding=value) for value in (np.nan, np.inf, 1e200, 1e308)]
    made[3]["params"][0] = rng.uniform(2, 5, 2)
    return made


@calls({1: "masked_mse"}, truth=place_by_place, kind="edge")
def AllOrNothing(rng):
    "everything counts, one place counts, nothing counts"
    made = [sequences(rng, 3, 4, 2) for _ in range(4)]
    made[0]["mask"][...] = True
    made[1]["mask"][...] = False
    made[1]["mask"][2, 1] = True
    made[2]["mask"][...] = False
    made[3]["mask"][...] = False
    made[3]["X"][...] = np.nan
    return made


@calls({1: kept}, truth=of_both, kind="purity")
def ResultsOfTheirOwn(rng):
    "what two calls of one shape returned, after somebody wrote into the arrays that were handed in"
    made = [sequences(rng, 3, 5, 4) for _ in range(2)]
    return {"cases": [{"params": one["params"], "data": [*one.values()][1:]} for one in made]}


@calls({1: "masked_mse"}, truth=place_by_place, tolerance=T32)
def LossInSinglePrecision(rng):
    "float32 sequences, also some in which nothing counts"
    made = [sequences(rng, 4, 6, 3, "float32"), sequences(rng, 2, 3, 4, "float32")]
    made[1]["mask"][...] = False
    return made


@calls({2: looked_up}, truth=weighted, visible=True, seeds=1)
def TwoPieces(rng):
    "the example of the page, and a piece in which nothing counts"
    nothing = {"grads": [np.array([np.nan])], "count": 0}
    return [
        {"pieces": [{"grads": [np.array([10.0])], "count": 1}, {"grads": [np.array([2.0])], "count": 3}]},
        {"pieces": [{"grads": [np.array([-3.0])], "count": 2}, nothing]},
    ]


@calls({2: fresh}, truth=whole_fresh, points=2)
def UnequalPieces(rng):
    "micro-batches of 5 and 5 rows, of 7, 3 and 1, of one row each, and one that is everything"
    return [cut(rng, sizes) for sizes in ((5, 5), (7, 3, 1), (1, 1, 1, 1), (6,), (1, 12))]


@probe(task=2, kind="gradient", wrt=("params",), seeds=2)
class SlopesOfTheWhole:
    "the slopes of the loss of everything, from pieces in which not all rows count"

    def make(rng):
        return cut(rng, (6, 5, 4), (2, 5, 1))

    def ask(answer, inputs):
        return answer.accumulate(lambda batch: piece(inputs["params"], batch), inputs["batches"])

    def value(answer, inputs):
        return mean_loss(inputs["params"], inputs["batches"])

    def truth(inputs):
        return whole(inputs["params"], inputs["batches"])


@calls({2: listed}, truth=whole_fresh, pure=False, kind="edge")
def OnceForEach(rng):
    "which micro-batches are asked for, in their order"
    return cut(rng, (3, 2, 4), (2, 0, 3))


@calls({2: fresh}, truth=whole_fresh, points=2, kind="gradient")
def MaskedPieces(rng):
    "micro-batches of equal size in which 1, 6 and 3 rows count, and others"
    return [
        cut(rng, (6, 6, 6), (1, 6, 3)),
        cut(rng, (4, 4), (4, 1)),
        cut(rng, [5] * 6, [5, 1, 2, 5, 3, 4]),
    ]


@calls({2: fresh}, truth=whole_fresh, kind="edge")
def EmptyPieces(rng):
    "micro-batches in which nothing counts, whose gradients are nan: first, in the middle, last"
    return [
        cut(rng, (3, 4), (0, 2)),
        cut(rng, (3, 4, 2), (2, 0, 1)),
        cut(rng, (4, 3, 5), (3, 2, 0)),
        cut(rng, (2, 2, 3, 2), (0, 0, 3, 0)),
    ]


@calls({2: reused}, truth=whole_reused, pure=False, kind="purity")
def ArraysHandedOutAgain(rng):
    "a function that hands out the same arrays at every call, over several accumulations"
    made = cut(rng, (4, 3, 5, 2, 6), (4, 2, 5, 1, 3))
    batches = made["batches"]
    return {"params": made["params"], "several": [batches[:3], batches[3:4], batches[2:], batches[3:]]}


@calls({2: looked_up}, truth=weighted, kind="edge")
def SameShapes(rng):
    "several gradients of one shape"
    counts = [[1, 3], [4, 0, 2], [1]]
    shapes = [(1,), (1,), (2, 3), (2, 3), (1,)]
    return [
        {"pieces": [{"grads": [draw(rng, shape) for shape in shapes], "count": n} for n in some]}
        for some in counts
    ]


@calls({2: fresh}, truth=whole_fresh, tolerance=T32)
def SinglePrecision(rng):
    "float32 gradients"
    return cut(rng, (5, 3, 4), (5, 1, 2), "float32")


@probe(task=2, seeds=1, memory_mb=48, seconds=20)
class MemoryStaysFlat:
    "eighty micro-batches of a network with 300,000 weights, in little memory"

    def make(rng):
        return {"row": rng.standard_normal(1000), "counts": [int(n) for n in rng.integers(1, 9, 80)]}

    def ask(answer, inputs):
        def loss_grad_fn(batch):
            return 0.0, [np.outer(np.arange(300.0), inputs["row"] * (batch + 1))], inputs["counts"][batch]

        (g,) = answer.accumulate(loss_grad_fn, list(range(80)))
        return [g[3, :5], g[299, -5:]]

    def truth(inputs):
        counts = np.array(inputs["counts"])
        mean = (counts * np.arange(1, 81)).sum() / counts.sum()
        return [3 * mean * inputs["row"][:5], 299 * mean * inputs["row"][-5:]]
