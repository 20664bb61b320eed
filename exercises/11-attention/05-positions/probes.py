"""Waves and rotations, against complex numbers in extended precision; what a rotation keeps."""

import numpy as np

from grader.language import T32, T64, calls, travels

SHAPES = ((3, 4), (1, 2), (5, 8), (2, 3, 6, 4), (4, 4, 4, 4), (3, 1, 10), (6, 6), (1, 2, 3, 5, 2), (2, 5, 12))


def rows(rng, *shape, far=4097, **options):
    return {"x": rng.standard_normal(shape), "pos": rng.integers(0, far, shape[-2])} | options


def in_order(rng, *shape, start=0):
    return {"x": rng.standard_normal(shape), "pos": np.arange(start, start + shape[-2])}


def in_float32(c):
    return c | {"x": c["x"].astype("float32")}


def turns(pos, d, base):
    """One complex number of length 1 for each place and pair; angles in extended precision."""
    slower = np.longdouble(base) ** (-np.arange(d // 2).astype(np.longdouble) * 2 / d)
    a = np.asarray(pos).astype(np.longdouble)[:, None] * slower
    return np.cos(a) + 1j * np.sin(a)


def waves(T, d):
    z = turns(np.arange(T), d, 10000)
    return np.stack([z.imag, z.real], axis=-1).reshape(T, d).astype(float)


def waves_again(c):
    return waves(c["T"], c["d"])


def turned(x, pos, base=1e4):
    z = (x[..., ::2] + 1j * x[..., 1::2].astype(np.clongdouble)) * turns(pos, x.shape[-1], base)
    return np.stack([z.real, z.imag], axis=-1).reshape(x.shape).astype(x.dtype)


@travels
def views(x, pos):
    """Texts and rows exchanged, back to front, every other number; places that are all the same."""
    v = x.transpose(1, 0, 2)[:, ::-1, ::2]
    return v, np.broadcast_to(pos, (v.shape[1],))


@travels
def likeness(rope, c):
    """The dot product of a query and a key for each pair of places; and the lengths of the turned rows."""
    q, k = (np.broadcast_to(c[name], (len(c["at"]), len(c[name]))) for name in ("q", "k"))
    q, k = rope(q, c["at"]), rope(k, c["at"] + c["apart"])
    return [(q * k).sum(axis=1), (q * q).sum(axis=1), (k * k).sum(axis=1)]


def by_distance(c):
    """From the distances alone: the real part of q times the conjugate of k, turned back by the distance."""
    q, k = (c[name][::2] + 1j * c[name][1::2] for name in ("q", "k"))
    dots = (q * k.conj() / turns(c["apart"], len(c["q"]), 1e4)).real.sum(axis=1).astype(float)
    lengths = [np.full(len(dots), (c[name] ** 2).sum()) for name in ("q", "k")]
    return [dots, *lengths]


@travels
def in_two_parts(rope, c):
    """All rows at once; the first ones and then each of the others alone, with its place."""
    x, pos, first = c["x"], c["pos"], c["first"]
    later = [rope(x[:, t : t + 1], pos[t : t + 1]) for t in range(first, len(pos))]
    return [rope(x, pos), np.concatenate([rope(x[:, :first], pos[:first]), *later], axis=1)]


def twice(c):
    return [turned(c["x"], c["pos"])] * 2


@travels
def tables_kept(sinusoidal, c):
    """Two tables of one size; the first is written into before the second is looked at."""
    first, second = sinusoidal(c["T"], c["d"]), sinusoidal(c["T"], c["d"])
    first[...] = 77.0
    return second


@calls({1: "sinusoidal"}, truth=waves, visible=True, seeds=1)
def SmallTable(rng):
    "three places with two waves each"
    return {"T": 3, "d": 4}


@calls({1: "sinusoidal"}, truth=waves, points=2)
def ManyTables(rng):
    "tables of many sizes: one place, one wave, more waves than places"
    sizes = [(int(T), 2 * int(pairs)) for T, pairs in rng.integers(2, 12, (5, 2))]
    return [
        {"T": T, "d": d} for T, d in [*sizes, (1, 2), (1, 6), (7, 2), (8, 8), (int(rng.integers(3, 30)), 64)]
    ]


@calls({1: "sinusoidal"}, truth=waves, seeds=1)
def LongTable(rng):
    "a table of more than 4000 places"
    return {"T": int(rng.integers(4097, 4200)), "d": 6}


@calls({1: (tables_kept, "sinusoidal")}, truth=waves_again, kind="edge")
def TablesKept(rng):
    "two tables of one size, and the first is written into"
    return {"T": int(rng.integers(2, 9)), "d": 2 * int(rng.integers(1, 6))}


@calls({2: "rope"}, truth=turned, visible=True, seeds=2)
def SmallRows(rng):
    "three rows with two pairs each"
    return {"x": rng.standard_normal((3, 4)).round(1), "pos": np.arange(3)}


@calls({2: "rope"}, truth=turned, points=2)
def ManyRows(rng):
    "rows in order, with any number of axes in front"
    return [in_order(rng, *shape) for shape in SHAPES]


@calls({2: "rope"}, truth=turned, points=2)
def PlacesOfAllKinds(rng):
    "places up to 4096 in any order, places that go on, repeated ones, and far ones"
    made = [rows(rng, *shape) for shape in SHAPES]
    later = in_order(rng, 2, 3, 1, 8, start=int(rng.integers(50, 5000)))
    again = rows(rng, 5, 6) | {"pos": np.array([7, 2, 7, 0, 2])}
    return [*made, later, again, rows(rng, 4, 6, far=100_001)]


@calls({2: "rope"}, truth=turned, seeds=2)
def OtherBases(rng):
    "other bases, large and small"
    return [
        rows(rng, 4, 6, base=500000.0),
        rows(rng, 2, 3, 8, base=100.0),
        rows(rng, 3, 4, far=50, base=2),
        rows(rng, 3, 4, far=50, base=1.0),
    ]


@calls({2: (likeness, "rope")}, truth=by_distance, points=2)
def OnlyTheDistanceCounts(rng):
    "dot products of a turned query and a turned key at twenty pairs of places, and their lengths"
    apart = rng.integers(-200, 200, 20)
    at = rng.integers(200, 4000, 20)
    return {"q": rng.standard_normal(10), "k": rng.standard_normal(10), "at": at, "apart": apart}


@calls({2: (in_two_parts, "rope")}, truth=twice, seeds=2)
def AllAtOnceOrOneByOne(rng):
    "a text turned at once, and the same text with its last words one by one"
    made = in_order(rng, 2, 7, 6, start=int(rng.integers(1, 40)))
    return made | {"first": int(rng.integers(2, 6))}


@calls({2: "rope"}, truth=turned, through=views, seeds=2, kind="edge")
def Views(rng):
    "transposed arrays, views with gaps, and one place for all rows"
    return {"x": rng.standard_normal((3, 2, 8)), "pos": rng.integers(1, 100)}


@calls({2: "rope"}, truth=turned, seeds=2, kind="edge")
def NothingMoves(rng):
    "place 0, and rows of zeros"
    zero = in_order(rng, 3, 4) | {"x": np.zeros((3, 4))}
    return [rows(rng, 2, 3, 4, far=1), zero]


@calls({2: "rope"}, truth=turned, seeds=2, tolerance=T32)
def InFloat32(rng):
    "float32 in, float32 out, at far places, too"
    far = rows(rng, 8, 12) | {"pos": rng.integers(60_000, 100_001, 8)}
    return [in_float32(rows(rng, 2, 3, 8)), in_float32(far)]


@calls({2: "rope"}, truth=turned, tolerance=T64, kind="edge")
def LargeAndTinyNumbers(rng):
    "rows of numbers near a million, and near a millionth"
    large, tiny = rows(rng, 4, 6), rows(rng, 4, 6)
    large["x"] *= 1e6
    tiny["x"] *= 1e-6
    return [large, tiny]
