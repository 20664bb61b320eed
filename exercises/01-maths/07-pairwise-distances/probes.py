"""What `pairwise` is asked: points near and far, equal points, views, float32; then speed and memory."""

import numpy as np

from grader.language import EXACT, T64, T64n, Tolerance, calls, probe, travels

PAIRWISE = {1: "pairwise"}


@travels
def parts(D):
    """A big table of distances in few numbers: every 17th row and column, and the sums of all of them."""
    return {"corner": D[::17, ::17], "row sums": D.sum(axis=1), "column sums": D.sum(axis=0)}


def exact(P, Q):
    """Distances in extended precision (18 digits), straight from the definition."""
    gaps = P.astype(np.longdouble)[:, None, :] - Q.astype(np.longdouble)[None, :, :]
    return np.sqrt((gaps * gaps).sum(axis=-1)).astype(P.dtype)


def in_double_precision(P, Q):
    """The definition again, fast enough for the larger tables."""
    return np.sqrt(((P[:, None, :] - Q[None, :, :]) ** 2).sum(axis=-1))


def by_two_loops(P, Q):
    """The slow way that the speed of `pairwise` is measured against."""
    D = np.empty((len(P), len(Q)))
    for i in range(len(P)):
        for j in range(len(Q)):
            gap = P[i] - Q[j]
            D[i, j] = np.sqrt((gap * gap).sum())
    return D


@travels
def viewed(P, Q):
    return P.T if P.ndim == 2 else np.broadcast_to(P, (4, 3)), Q[::2, ::-2]


@calls(PAIRWISE, truth=exact, visible=True, seeds=2, tolerance=T64n)
def FewPoints(rng):
    "Two points and three points in the plane"
    return {name: rng.integers(-5, 6, (n, 2)).astype(float) for name, n in (("P", 2), ("Q", 3))}


@calls(PAIRWISE, truth=exact, visible=True, seeds=2, tolerance=Tolerance(1e-6, 1e-9))
def FarAway(rng):
    "The same kind of points, a million steps from the origin"
    return {name: 1e6 + rng.uniform(-5.0, 5.0, (n, 2)).round(2) for name, n in (("P", 3), ("Q", 2))}


@calls(PAIRWISE, truth=exact, points=2, tolerance=T64)
def ManyShapes(rng):
    "Points in 1 to 64 dimensions, sets of unequal size, and one that lies 30,000 steps away"
    sizes = [(5, 7, 3), (7, 3, 5), (1, 4, 2), (6, 1, 1), (1, 1, 9), (40, 23, 64)]
    sets = [{"P": rng.normal(size=(n, d)), "Q": rng.normal(size=(m, d))} for n, m, d in sizes]
    return [*sets, {name: points + 3e4 for name, points in sets[0].items()}]


@calls(PAIRWISE, truth=exact, tolerance=T64n, kind="edge")
def EqualPoints(rng):
    "Every point of a set against the set itself"
    sets = [rng.normal(size=(30, d)) * scale for d, scale in ((3, 1.0), (17, 50.0), (5, 1e-4))]
    return [{"P": P, "Q": P.copy()} for P in sets]


@calls(PAIRWISE, truth=exact, tolerance=Tolerance(1e-5, 1e-9), kind="edge")
def EqualPointsInSinglePrecision(rng):
    "Every point of a set against the set itself, in float32"
    P = rng.normal(size=(60, 30)).astype(np.float32)
    return {"P": P, "Q": P.copy()}


@calls(PAIRWISE, truth=exact, seeds=2, tolerance=Tolerance(1e-7, 1e-40), kind="edge")
def TinyUnits(rng):
    "Sets of points in tiny units: distances of a millionth and far less"
    P, Q = rng.normal(size=(8, 5)), rng.normal(size=(6, 5))
    return [{"P": P * scale, "Q": Q * scale} for scale in (1e-6, 1e-12)]


@calls(PAIRWISE, truth=exact, tolerance=Tolerance(1e-6, 1e-9), kind="edge")
def FarAwayInManyDimensions(rng):
    "Sets of points a million steps from the origin, in several dimensions"
    offset = 1e6 * rng.choice([-1.0, 1.0], 8)
    return {name: rng.normal(size=(n, 8)) + offset for name, n in (("P", 9), ("Q", 6))}


@calls(PAIRWISE, truth=exact, through=viewed, seeds=2, tolerance=T64n, kind="edge")
def Views(rng):
    "Transposed arrays, views with gaps, and a set that repeats one point"
    P, Q, point = rng.normal(size=(3, 8)), rng.normal(size=(10, 6)), rng.normal(size=3)
    return [{"P": P, "Q": Q}, {"P": point, "Q": Q}]


@calls(PAIRWISE, truth=exact, seeds=2, tolerance=Tolerance(1e-5, 1e-9))
def SinglePrecision(rng):
    "float32 in, float32 out"
    return {name: rng.normal(size=(n, 4)).astype(np.float32) for name, n in (("P", 5), ("Q", 3))}


@probe(task=1, points=1, seeds=2, tolerance=EXACT, kind="purity", veto=True)
class PointsStayPut:
    "Both sets of points are afterwards what they were before"

    def make(rng):
        return {"P": rng.normal(size=(4, 3)), "Q": rng.normal(size=(5, 3))}

    def ask(answer, inputs):
        answer.pairwise(inputs["P"], inputs["Q"])
        return [inputs["P"], inputs["Q"]]

    def truth(inputs):
        return [inputs["P"], inputs["Q"]]


@probe(task=2, points=1, visible=True, seeds=1, tolerance=T64n)
class AHundredPoints:
    "A hundred points and eighty points, checked in a corner"

    def make(rng):
        return {"P": rng.normal(size=(100, 16)), "Q": rng.normal(size=(80, 16))}

    def ask(answer, inputs):
        return answer.pairwise(inputs["P"], inputs["Q"])[::20, ::20]

    def truth(inputs):
        return exact(inputs["P"], inputs["Q"])[::20, ::20]


@probe(task=2, points=2, seeds=2, tolerance=T64, times_faster=10, seconds=20)
class TenTimesFaster:
    "400 and 300 points, at least 10 times faster than two loops"

    def make(rng):
        return {"pairs": [[rng.normal(size=(400, 16)), rng.normal(size=(300, 16))] for _ in range(3)]}

    def ask(answer, inputs):
        return [parts(answer.pairwise(P, Q)) for P, Q in inputs["pairs"]]

    def truth(inputs):
        return [parts(in_double_precision(P, Q)) for P, Q in inputs["pairs"]]

    def baseline(inputs):
        return [by_two_loops(P, Q) for P, Q in inputs["pairs"]]


@probe(task=2, points=2, seeds=1, tolerance=T64, memory_mb=160)
class LittleMemory:
    "2000 and 2000 points with 64 coordinates, in 160 MB"

    def make(rng):
        return {"seed": int(rng.integers(2**31)), "scale": float(rng.uniform(0.5, 2.0))}

    def ask(answer, inputs):
        rng = np.random.default_rng(inputs["seed"])
        P = rng.normal(scale=inputs["scale"], size=(2000, 64))
        Q = rng.normal(scale=inputs["scale"], size=(2000, 64))
        return parts(answer.pairwise(P, Q))
