"""Norms and clipped arrays; what is right comes from fractions of whole numbers, which cannot overflow."""

from fractions import Fraction
from math import isqrt

import numpy as np

from grader.language import EXACT, T32, Tolerance, calls, travels


@travels
def with_gaps(a):
    """A larger array, and a view of every second entry of it, backwards, that holds a."""
    around = np.full([2 * n for n in a.shape], 0.5, a.dtype)
    view = around[tuple(slice(None, None, -2) for _ in a.shape)]
    view[...] = a
    return around, view


@travels
def clipped(answer, c):
    """Norms and arrays after each of some calls; the arrays are those that were handed over."""
    norms, after = [], {}
    lists = [[None if g is None else np.array(g) for g in grads] for grads in c["lists"]]
    for grads, max_norm in zip(lists, c["max_norms"], strict=True):
        norms.append(answer.clip_(list(grads), max_norm))
    for number, grads in enumerate(lists, 1):
        for place, g in enumerate(grads):
            after[f"call {number}, grads[{place}] afterwards"] = g
    return {"norms": norms} | after


@travels
def arrays_only(answer, c):
    return {name: g for name, g in clipped(answer, c).items() if name != "norms"}


@travels
def clipped_again(answer, c):
    """The same arrays are clipped again and again."""
    grads = [None if g is None else np.array(g) for g in c["grads"]]
    norms = [answer.clip_(list(grads), max_norm) for max_norm in c["max_norms"]]
    return {"norms": norms, "grads afterwards": grads}


@travels
def clipped_views(answer, c):
    both = [with_gaps(g) for g in c["grads"]]
    norm = answer.clip_([view for _, view in both], c["max_norm"])
    return {"norm": norm, "around": [around for around, _ in both]}


@travels
def exact_ones(answer, c):
    """The float64 arrays of lists of both types, after clipping."""
    lists = [[np.array(g) for g in grads] for grads in c["lists"]]
    for grads, max_norm in zip(lists, c["max_norms"], strict=True):
        answer.clip_(list(grads), max_norm)
    return [[g for g in grads if g.dtype == np.float64] for grads in lists]


def norm_of(grads):
    """The root of an exact sum, to more digits than a float64 has."""
    numbers = [Fraction(float(x)) for g in grads if g is not None for x in np.ravel(g)]
    total = sum((x * x for x in numbers), Fraction(0))
    if not total:
        return 0.0
    wide = 4 ** max(0, 120 - (total.numerator.bit_length() - total.denominator.bit_length()) // 2)
    return float(Fraction(isqrt(int(total * wide)), isqrt(wide)))


def shortened(grads, max_norm):
    norm = norm_of(grads)
    factor = min(1.0, max_norm / norm) if norm else 1.0
    return norm, [None if g is None else np.asarray(g * factor).astype(g.dtype) for g in grads]


def exact(c):
    norms, after = [], {}
    for number, (grads, max_norm) in enumerate(zip(c["lists"], c["max_norms"], strict=True), 1):
        norm, short = shortened(grads, max_norm)
        norms.append(norm)
        for place, g in enumerate(short):
            after[f"call {number}, grads[{place}] afterwards"] = g
    return {"norms": norms} | after


def exact_arrays(c):
    return {name: g for name, g in exact(c).items() if name != "norms"}


def exactly_those(c):
    short = [shortened(grads, max_norm)[1] for grads, max_norm in zip(c["lists"], c["max_norms"])]
    return [[g for g in grads if g.dtype == np.float64] for grads in short]


def exact_again(c):
    grads, norms = c["grads"], []
    for max_norm in c["max_norms"]:
        norm, grads = shortened(grads, max_norm)
        norms.append(norm)
    return {"norms": norms, "grads afterwards": grads}


def exact_views(c):
    norm, short = shortened(c["grads"], c["max_norm"])
    return {"norm": norm, "around": [with_gaps(g)[0] for g in short]}


SHAPES = [(3, 4), (5,), (2, 1, 3), (1,)]
NEARLY_TOO_FAR = ((1e153, 400), (1e154, 400), (1e-159, 3), (1e-161, 3))  # size and how many


def draw(rng, shape, scale=1.0, dtype="float64"):
    return np.asarray(scale * rng.standard_normal(shape)).astype(dtype)


def some(rng, scale=1.0, dtype="float64", shapes=SHAPES):
    return [draw(rng, shape, scale, dtype) for shape in shapes]


def sparse(rng):
    """Gradients with gaps: None first, in the middle and last, zeros, a single number, no numbers."""
    return [
        None,
        draw(rng, (2, 3)),
        None,
        np.zeros(4),
        draw(rng, ()),
        draw(rng, (0, 3)),
        draw(rng, (3,)),
        None,
    ]


@calls({1: "global_norm"}, truth=norm_of, visible=True, seeds=1)
def ByPencil(rng):
    "the example of the page, and one with more than one table"
    return [
        {"grads": [np.array([3.0, -4.0]), None, np.array([[12.0]])]},
        {"grads": [np.array([[1.0, -2.0], [2.0, 4.0]]), np.array([4.0, -2.0, 6.0])]},
    ]


@calls({1: "global_norm"}, truth=norm_of, points=2, tolerance=Tolerance(1e-9, 1e-290))
def ManyNorms(rng):
    "lists of many arrays, of one, and of sizes from 1e-6 to 1e6"
    return [{"grads": some(rng, scale)} for scale in (1.0, 1e-6, 1e6)] + [
        {"grads": [draw(rng, (7,))]},
        {"grads": [100 * draw(rng, (4,)), 0.01 * draw(rng, (2, 3))]},
    ]


@calls({1: "global_norm"}, truth=norm_of, kind="edge", tolerance=Tolerance(1e-9, 1e-290))
def HugeAndTiny(rng):
    "numbers up to 1e240 and down to 1e-240, alone and beside usual ones, and many whose squares barely fit"
    far = [{"grads": some(rng, scale)} for scale in (1e200, 1e240, 1e-200, 1e-240)] + [
        {"grads": [draw(rng, (3,)), 1e200 * draw(rng, (2, 2))]},
        {"grads": [1e200 * draw(rng, (1, 3)), draw(rng, (2,)), 1e-200 * draw(rng, (3,))]},
        {"grads": [1e-200 * draw(rng, (5,)), np.zeros(3)]},
        {"grads": [draw(rng, (2, 4)) * np.array([1.0, 1e-200, 1e200, 1.0]), draw(rng, (3,))]},
        {"grads": [draw(rng, (3,)) * np.array([1e-200, 1e-220, 0.0])]},
    ]
    return far + [{"grads": [scale * rng.uniform(0.8, 1, n)]} for scale, n in NEARLY_TOO_FAR]


@calls({1: "global_norm"}, truth=norm_of, kind="edge")
def GapsAndZeros(rng):
    "None, arrays without entries, single numbers, zeros, nothing at all, and no positive number"
    return [
        {"grads": sparse(rng)},
        {"grads": []},
        {"grads": [None, None]},
        {"grads": [np.zeros((2, 3)), None]},
        {"grads": [np.zeros((0, 4))]},
        {"grads": [np.zeros((0, 4)), draw(rng, (3,)), np.zeros(2)]},
        {"grads": [draw(rng, (4, 6))[::2, ::-3], draw(rng, (3, 5)).T]},
        {"grads": [-rng.uniform(1, 2, 4), np.zeros(2)]},
    ]


@calls({1: "global_norm"}, truth=norm_of, tolerance=Tolerance(1e-4, 1e-90))
def NormsInSinglePrecision(rng):
    "float32 arrays, huge and tiny ones too, and lists of both types"
    return [{"grads": some(rng, scale, "float32")} for scale in (1.0, 1e25, 1e-25, 1e-35)] + [
        {
            "grads": [np.float32([3e38, -3e38]), draw(rng, (2, 3), 1e25, "float32")]
        },  # longer than a float32 can be
        {"grads": [draw(rng, (3,), 1, "float32"), draw(rng, (2,), 1e60)]},
        {"grads": [draw(rng, (2, 2), 1e-60), None, draw(rng, (4,), 1e-20, "float32")]},
        {"grads": [draw(rng, (2, 2), 1e-60), np.zeros(3, np.float32)]},
    ]


@calls({2: clipped}, truth=exact, visible=True, seeds=1)
def ByPencilAgain(rng):
    "the example of the page: clipped, and left alone"
    a, b = np.array([3.0, -4.0]), np.array([[12.0]])
    return {"lists": [[a, None, b], [a / 2, None, b / 2]], "max_norms": [6.5, 8.0]}


@calls({2: clipped}, truth=exact, points=2, tolerance=Tolerance(1e-9, 1e-290))
def ManyLists(rng):
    "lists of arrays that are too long, too long by a hair, and short enough"
    lists = [some(rng, scale) for scale in (1.0, 30.0, 1e-4, 1e5, 1.0, 1.0, 2.0)]
    lists.append([100 * draw(rng, (4,)), 0.01 * draw(rng, (2, 3))])
    shares = (0.3, 0.9, 0.5, 1e-4, 3.0, 1 - 1e-7, 1 + 1e-7, 0.7)
    limits = [float(np.sqrt(sum((g**2).sum() for g in grads))) for grads in lists]
    return {"lists": lists, "max_norms": [share * limit for share, limit in zip(shares, limits)]}


@calls({2: arrays_only}, truth=exact_arrays, tolerance=EXACT)
def ShortEnough(rng):
    "gradients that are short enough stay as they are, to the last bit"
    lists = [some(rng), some(rng, 1e-3), some(rng, 1e-200), sparse(rng)]
    return {"lists": lists, "max_norms": [50.0, float(rng.uniform(0.5, 2)), 1.0, 60.0]}


@calls({2: clipped}, truth=exact, kind="edge", tolerance=Tolerance(1e-9, 1e-290))
def CliffsAndCorners(rng):
    "numbers of 1e200, None, zeros, nothing at all, and a norm that is exactly the limit"
    lists = [
        some(rng, 1e200),
        [draw(rng, (3,)), 1e240 * draw(rng, (2, 2))],
        sparse(rng),
        [],
        [None],
        [np.zeros((2, 2)), np.zeros(3)],
        [np.array([3.0, -4.0]), np.zeros((0, 2))],
        [draw(rng, ())],
        some(rng, 1e240),
    ]
    return {"lists": lists, "max_norms": [1.5, 0.7, 0.2, 1.0, 1.0, 0.5, 5.0, 0.01, 1e150]}


@calls({2: clipped_again}, truth=exact_again, kind="edge")
def AgainAndAgain(rng):
    "the same arrays, clipped to 3, to 4, to 2 and to 2.5"
    return {"grads": [5 * draw(rng, (2, 3)), None, 5 * draw(rng, (4,))], "max_norms": [3.0, 4.0, 2.0, 2.5]}


@calls({2: clipped_views}, truth=exact_views, kind="edge")
def Views(rng):
    "gradients that are views with gaps, and what lies in the gaps"
    return {"grads": [draw(rng, (3, 4)), draw(rng, (5,))], "max_norm": 0.8}


@calls({2: clipped}, truth=exact, tolerance=T32)
def SinglePrecision(rng):
    "float32 arrays, also huge ones, and a list of both types"
    mixed = [draw(rng, (2, 3), 4, "float32"), draw(rng, (3,), 4), draw(rng, (2,), 4, "float32")]
    lists = [some(rng, 1.0, "float32"), some(rng, 1e25, "float32"), mixed]
    lists.append([np.float32([3e38, -3e38]), draw(rng, (2, 3), 1e37, "float32")])
    return {"lists": lists, "max_norms": [0.5, 2.0, 1.0, 1.0e10]}


@calls({2: exact_ones}, truth=exactly_those, seeds=2)
def ExactOnesAmongOthers(rng):
    "the float64 arrays of lists of both types, to all their digits"
    lists = [
        [draw(rng, (2, 3), 4, "float32"), draw(rng, (3,), 4), draw(rng, (2,), 4, "float32")],
        [draw(rng, (4,), 3), draw(rng, (2, 2), 3, "float32"), draw(rng, (1, 3), 3)],
    ]
    return {"lists": lists, "max_norms": [1.0, 0.3]}
