"""Attention against sums over the allowed keys alone, in extended precision; masks of all kinds."""

import numpy as np

from grader.language import EXACT, T32, calls, travels

# B, H, T, S, D, Dv; among them single rows and keys, and places where two axes are alike
SHAPES = (
    (2, 3, 4, 5, 6, 7),
    (1, 1, 1, 1, 1, 1),
    (1, 2, 3, 1, 4, 2),
    (2, 1, 1, 6, 3, 5),
    (3, 3, 3, 3, 3, 3),
    (1, 2, 5, 2, 7, 1),
    (2, 4, 2, 4, 1, 3),
    (3, 2, 6, 4, 5, 5),
)


def three(rng, B, H, T, S, D, Dv, size=1.0):
    return {
        "Q": size * rng.standard_normal((B, H, T, D)),
        "K": size * rng.standard_normal((B, H, S, D)),
        "V": rng.standard_normal((B, H, S, Dv)),
    }


def somewhere(rng, T, S):
    """A mask in which every row may look at one key at least, and mostly not at all of them."""
    mask = rng.random((T, S)) < 0.5
    mask[np.arange(T), rng.integers(0, S, T)] = True
    return mask


def last_of(T, S):
    return np.tri(T, S, S - T, dtype=bool)


def masked(rng, *shape, size=1.0):
    return three(rng, *shape, size=size) | {"mask": somewhere(rng, shape[2], shape[3])}


def in_float32(c):
    return {k: v.astype("float32") if v.dtype == np.float64 else v for k, v in c.items()}


@travels
def weights(attn_weights, c):
    return attn_weights(c["Q"], c["K"], c["mask"]) if "mask" in c else attn_weights(c["Q"], c["K"])


@travels
def mixtures(attn, c):
    rest = [c["mask"]] if "mask" in c else []
    return attn(c["Q"], c["K"], c["V"], *rest)


@travels
def views(c):
    """Heads cut out of longer rows, keys shared by all heads, values back to front, and a mask of one row."""
    B, T, H, D = c["Q"].shape
    K = np.broadcast_to(c["K"][:, None], (B, H, *c["K"].shape[1:]))
    mask = np.broadcast_to(c["mask"], (T, len(c["mask"])))
    return {"Q": c["Q"].transpose(0, 2, 1, 3), "K": K, "V": c["V"][:, ::2, ::-1, ::3], "mask": mask}


@travels
def masks_kept(causal_mask, c):
    """Two masks of one size; the first is written into before the second is looked at."""
    first, second = causal_mask(c["T"], c["S"]), causal_mask(c["T"], c["S"])
    first[...] = ~first
    return second


@travels
def weights_of_views(attn_weights, c):
    return weights(attn_weights, views(c))


@travels
def mixtures_of_views(attn, c):
    return mixtures(attn, views(c))


def exact_weights(c):
    """Row by row, over the allowed keys alone, in extended precision."""
    q, k = c["Q"].astype(np.longdouble), c["K"].astype(np.longdouble)
    (B, H, T, D), S = q.shape, k.shape[2]
    mask = c.get("mask", np.ones((T, S), bool))
    found = np.zeros((B, H, T, S), np.longdouble)
    for b, h, t in np.ndindex(B, H, T):
        keys = np.flatnonzero(mask[t])
        if len(keys):
            scores = (k[b, h, keys] * q[b, h, t]).sum(axis=1) / np.sqrt(np.longdouble(D))
            e = np.exp(scores - scores.max())
            found[b, h, t, keys] = e / e.sum()
    return found.astype(c["Q"].dtype)


def exact_mixtures(c):
    wide = {name: array if name == "mask" else array.astype(np.longdouble) for name, array in c.items()}
    w = exact_weights(wide)
    return (w[..., None] * wide["V"][:, :, None]).sum(axis=3).astype(c["Q"].dtype)


def exact_weights_of_views(c):
    return exact_weights(views(c))


def exact_mixtures_of_views(c):
    return exact_mixtures(views(c))


ASKED = {1: (weights, "attn_weights"), 2: (mixtures, "attn")}
RIGHT = {1: exact_weights, 2: exact_mixtures}


@calls(ASKED, truth=RIGHT, visible=True, seeds=2)
def SmallTable(rng):
    "{} for two queries and three keys"
    return {name: array.round(1) for name, array in three(rng, 1, 1, 2, 3, 4, 2).items()}


@calls(ASKED, truth=RIGHT, visible=True, seeds=2)
def SmallTableWithMask(rng):
    "{} for two queries and three keys, one of them forbidden to the first, all forbidden to the second"
    made = {name: array.round(1) for name, array in three(rng, 1, 1, 2, 3, 4, 2).items()}
    return made | {"mask": np.array([[True, False, True], [False, False, False]])}


@calls(ASKED, truth=RIGHT, points=2)
def ManyShapes(rng):
    "{} without a mask: many shapes, single queries and keys among them"
    return [three(rng, *shape) for shape in SHAPES]


@calls(ASKED, truth=RIGHT, points=2)
def ManyMasks(rng):
    "{} with masks of all kinds, also causal ones"
    made = [masked(rng, *shape) for shape in SHAPES]
    causal = three(rng, 2, 3, 4, 4, 5, 2) | {"mask": last_of(4, 4)}
    chunk = three(rng, 1, 2, 3, 7, 4, 3) | {"mask": last_of(3, 7)}
    everything = three(rng, 2, 2, 3, 5, 3, 4) | {"mask": np.ones((3, 5), bool)}
    itself = three(rng, 1, 2, 4, 4, 3, 3) | {"mask": np.eye(4, dtype=bool)}
    return [*made, causal, chunk, everything, itself]


@calls(ASKED, truth=RIGHT, kind="edge")
def NowhereToLook(rng):
    "{} where some queries, or all of them, may look at nothing"
    some = masked(rng, 2, 2, 5, 4, 3, 6)
    some["mask"][[1, 4]] = False
    far = masked(rng, 1, 2, 4, 3, 5, 2, size=40.0)
    far["mask"][0] = False
    one = three(rng, 1, 1, 1, 1, 2, 3) | {"mask": np.zeros((1, 1), bool)}
    return [some, far, one, three(rng, 1, 3, 2, 5, 4, 2) | {"mask": np.zeros((2, 5), bool)}]


@calls(ASKED, truth=RIGHT, kind="edge")
def HugeScores(rng):
    "{} with scores in the thousands, and rows that lie thousands apart"
    apart = three(rng, 1, 2, 4, 5, 3, 2)
    apart["Q"] = np.abs(apart["Q"])
    apart["K"] = 10 + np.abs(apart["K"])
    apart["Q"] *= np.array([100.0, 1.0, -100.0, 0.0])[:, None]
    return [three(rng, 2, 2, 3, 4, 5, 3, size=50.0), apart, apart | {"mask": somewhere(rng, 4, 5)}]


@calls(ASKED, truth=RIGHT, kind="edge")
def ForbiddenKeysScoreHighest(rng):
    "{} where forbidden keys have by far the largest scores, and enormous values"
    found = []
    for hidden in (1e3, 1e6, 1e12, 1e60):
        made = masked(rng, 2, 2, 4, 5, 3, 2)
        made["Q"] = np.abs(made["Q"]) + 0.5
        made["mask"][:, 3] = False
        made["mask"][:, 0] = True
        made["K"][:, :, 3] = hidden
        made["V"][:, :, 3] = -1e9 * hidden
        found.append(made)
    return found


@calls(ASKED, truth=RIGHT, kind="edge")
def AllowedKeysScoreLowest(rng):
    "{} where the only allowed keys score thousands below zero"
    made = masked(rng, 1, 3, 4, 6, 5, 2)
    made["Q"] = np.abs(made["Q"]) + 0.5
    made["K"][:, :, :3] -= 3000.0
    made["mask"][:, 3:] = False
    made["mask"][:, 0] = True
    return made


@calls(ASKED, truth=RIGHT, seeds=2, kind="edge")
def EqualScores(rng):
    "{} where many keys are equal, or the query is zero"
    made = masked(rng, 2, 1, 3, 6, 4, 5)
    made["K"][:, :, 2:5] = made["K"][:, :, :1]
    made["Q"][:, :, 1] = 0.0
    tiny = three(rng, 1, 2, 3, 4, 5, 2, size=1e-4)
    zero = three(rng, 1, 1, 2, 3, 4, 2, size=0.0)
    return [made, tiny, zero]


@calls(
    {1: (weights_of_views, "attn_weights"), 2: (mixtures_of_views, "attn")},
    truth={1: exact_weights_of_views, 2: exact_mixtures_of_views},
    seeds=2,
    kind="edge",
)
def Views(rng):
    "{} of transposed arrays, views with gaps and repeated rows"
    mask = rng.random(5) < 0.5
    mask[int(rng.integers(5))] = True
    return {
        "Q": rng.standard_normal((2, 4, 3, 6)),
        "K": rng.standard_normal((2, 5, 6)),
        "V": rng.standard_normal((2, 6, 5, 8)),
        "mask": mask,
    }


@calls(ASKED, truth=RIGHT, seeds=2, tolerance=T32)
def InFloat32(rng):
    "{}: float32 in, float32 out"
    empty = masked(rng, 1, 2, 3, 5, 4, 2)
    empty["mask"][1] = False
    made = [three(rng, 2, 3, 4, 5, 6, 7), masked(rng, 1, 2, 5, 3, 4, 2), empty]
    return [in_float32(one) for one in made]


@calls({3: "causal_mask"}, visible=True, seeds=1, tolerance=EXACT)
def SmallMasks(rng):
    "{} of three by three and of two by five"
    return [{"T": 3, "S": 3}, {"T": 2, "S": 5}]


@calls({3: "causal_mask"}, truth=last_of, points=2, tolerance=EXACT)
def ManyCausalMasks(rng):
    "{} of many sizes"
    sizes = [(int(S - rng.integers(0, S)), int(S)) for S in rng.integers(2, 12, 6)]
    n = int(rng.integers(4, 9))
    return [{"T": T, "S": S} for T, S in [*sizes, (1, 1), (1, n), (n, n), (n - 1, n), (2, n)]]


@calls({3: (masks_kept, "causal_mask")}, tolerance=EXACT, kind="edge")
def MasksKept(rng):
    "{} of one size twice, and the first is written into"
    S = int(rng.integers(3, 9))
    return {"T": int(rng.integers(2, S)), "S": S}
