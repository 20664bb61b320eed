"""The way back through attention, against whole tables of slopes and against differences."""

import numpy as np

from grader.language import T32, calls, probe, travels

# B, H, T, S, D, Dv; among them single rows and keys, and places where axes are alike
SHAPES = (
    (2, 3, 4, 5, 6, 7),
    (1, 1, 1, 1, 1, 1),
    (1, 2, 3, 1, 4, 2),
    (2, 1, 1, 6, 3, 5),
    (3, 3, 3, 3, 3, 3),
    (1, 2, 5, 2, 7, 1),
    (2, 2, 4, 4, 1, 3),
    (1, 3, 6, 4, 5, 5),
)


def softmax(scores, mask=True):
    """Row by row along the last axis; 0 where the mask says no, and in rows in which it always does."""
    allowed = np.broadcast_to(mask, scores.shape)
    top = np.where(allowed, scores, -np.inf).max(axis=-1, keepdims=True)
    e = np.where(allowed, np.exp(np.where(allowed, scores - np.where(np.isfinite(top), top, 0), 0)), 0)
    total = e.sum(axis=-1, keepdims=True)
    return e / np.where(total > 0, total, 1)


def weights_of(c):
    scores = np.einsum("bhtd,bhsd->bhts", c["Q"], c["K"]) / np.sqrt(c["Q"].shape[3])
    return softmax(scores, c.get("mask", True))


def rows(rng, *shape, size=2.0):
    """Messages, and softmaxes of scores."""
    return {"dP": rng.standard_normal(shape), "P": softmax(size * rng.standard_normal(shape))}


def parts(rng, B, H, T, S, D, Dv, size=1.0, mask=None):
    """Messages, three tables, and the weights that belong to them."""
    made = {
        "dout": rng.standard_normal((B, H, T, Dv)),
        "Q": size * rng.standard_normal((B, H, T, D)),
        "K": size * rng.standard_normal((B, H, S, D)),
        "V": rng.standard_normal((B, H, S, Dv)),
    }
    return made | {"P": weights_of(made if mask is None else made | {"mask": mask})}


def faint(rng, *shape):
    """Rows whose first weight is near 1e-10, with a message there that is as large as the weight is small."""
    scores = rng.standard_normal(shape)
    scores[..., 0] -= 24
    made = {"dP": rng.standard_normal(shape), "P": softmax(scores)}
    made["dP"][..., 0] *= 1e10
    return made


def faint_key(rng, B, H, T, S, D, Dv):
    """A first key that nobody hears, and a value there that is as large as its weights are small."""
    c = parts(rng, B, H, T, S, D, Dv)
    c["Q"][..., 0] = rng.uniform(1, 1.2, (B, H, T))
    c["K"][:, :, 0, 0] = -22 * np.sqrt(D)
    c["V"][:, :, 0] *= 1e9
    return c | {"P": weights_of(c)}


def in_float32(c):
    return {name: array.astype("float32") for name, array in c.items()}


@travels
def queries_and_keys(attn_bwd, c):
    dQ, dK, _ = attn_bwd(c["dout"], c["Q"], c["K"], c["V"], c["P"])
    return [dQ, dK]


@travels
def values(attn_bwd, c):
    return attn_bwd(c["dout"], c["Q"], c["K"], c["V"], c["P"])[2]


@travels
def views(c):
    """Heads cut out of longer rows, equal messages everywhere, back to front, every other number."""
    swapped = {name: c[name].transpose(0, 2, 1, 3) for name in ("Q", "K")}
    dout = np.broadcast_to(c["dout"], (*swapped["Q"].shape[:3], 3))
    return swapped | {"dout": dout, "V": c["V"][:, :, ::-1, ::2], "P": c["P"].transpose(0, 1, 3, 2)}


@travels
def queries_and_keys_of_views(attn_bwd, c):
    return queries_and_keys(attn_bwd, views(c))


@travels
def values_of_views(attn_bwd, c):
    return values(attn_bwd, views(c))


@travels
def with_gaps(dP, P):
    return dP[::2, ::-1].T, np.broadcast_to(P[::-2], (4, 3))


# ---- what is right ---------------------------------------------------------------------------------


def by_jacobian(dP, P):
    """Row by row with the whole table of slopes of a softmax, diag(p) - p p^T, in extended precision."""
    wide, dZ = P.astype(np.longdouble), np.zeros(P.shape, np.longdouble)
    for place in np.ndindex(*P.shape[:-1]):
        p = wide[place]
        dZ[place] = ((np.diag(p) - p[:, None] * p) * dP[place]).sum(axis=1)
    return dZ.astype(P.dtype)


def sums(c):
    """Every pair of a query and a key for itself, in extended precision: [dQ, dK, dV]."""
    dout, Q, K, V, P = (c[name].astype(np.longdouble) for name in ("dout", "Q", "K", "V", "P"))
    (B, H, T, D), S = Q.shape, K.shape[2]
    dQ, dK, dV = np.zeros_like(Q), np.zeros_like(K), np.zeros_like(V)
    for b, h, t in np.ndindex(B, H, T):
        p = P[b, h, t]
        heard = np.array([(dout[b, h, t] * V[b, h, s]).sum() for s in range(S)])
        for s in range(S):
            slope = sum(heard[r] * p[r] * ((r == s) - p[s]) for r in range(S)) / np.sqrt(np.longdouble(D))
            dQ[b, h, t] += slope * K[b, h, s]
            dK[b, h, s] += slope * Q[b, h, t]
            dV[b, h, s] += p[s] * dout[b, h, t]
    return [gradient.astype(c["Q"].dtype) for gradient in (dQ, dK, dV)]


def sums_for_queries_and_keys(c):
    return sums(c)[:2]


def sums_for_values(c):
    return sums(c)[2]


def sums_for_queries_and_keys_of_views(c):
    return sums(views(c))[:2]


def sums_for_values_of_views(c):
    return sums(views(c))[2]


def loss(c):
    """The number whose gradient is asked: messages times what attention returns, with fresh weights."""
    return float((c["dout"] * np.einsum("bhts,bhsv->bhtv", weights_of(c), c["V"])).sum())


BACK = {2: (values, "attn_bwd"), 3: (queries_and_keys, "attn_bwd")}
RIGHT = {2: sums_for_values, 3: sums_for_queries_and_keys}


# ---- softmax ---------------------------------------------------------------------------------------


@probe(task=1, visible=True, seeds=2, kind="gradient", wrt=("Z",))
class TwoRows:
    "softmax_bwd of two rows with three weights each"

    def make(rng):
        Z = rng.standard_normal((2, 3)).round(1)
        return {"Z": Z, "P": softmax(Z), "dP": rng.standard_normal((2, 3)).round(1)}

    def ask(answer, inputs):
        return answer.softmax_bwd(inputs["dP"], inputs["P"])

    def value(answer, inputs):
        return float((softmax(inputs["Z"]) * inputs["dP"]).sum())

    def truth(inputs):
        return by_jacobian(inputs["dP"], inputs["P"])


@probe(points=2, visible=False, seeds=3)
class RowsAgainstDifferences(TwoRows):
    "softmax_bwd of many rows, against differences"

    def make(rng):
        Z = 2 * rng.standard_normal((2, 3, 4, 5))
        return {"Z": Z, "P": softmax(Z), "dP": rng.standard_normal(Z.shape)}


@calls({1: "softmax_bwd"}, truth=by_jacobian, points=2, kind="gradient")
def RowsOfAllShapes(rng):
    "softmax_bwd of one row, of rows with one weight, of square tables, of many axes"
    shapes = [(5,), (1, 7), (4, 1), (1,), (3, 3), (4, 2), (2, 2, 3), (3, 1, 2, 4), (4, 4, 4, 4)]
    return [rows(rng, *shape) for shape in shapes]


@calls({1: "softmax_bwd"}, truth=by_jacobian, kind="edge")
def SharpEvenAndEmptyRows(rng):
    "softmax_bwd where one weight is 1, where all are equal, where some or all are 0"
    sharp, even, empty = rows(rng, 4, 5, size=300.0), rows(rng, 3, 4, size=0.0), rows(rng, 5, 4)
    empty["P"][[0, 3]] = 0.0
    masked = {"dP": rng.standard_normal((2, 4, 4))}
    masked["P"] = softmax(rng.standard_normal((2, 4, 4)), np.tri(4, dtype=bool))
    return [sharp, even, empty, masked]


@calls({1: "softmax_bwd"}, truth=by_jacobian, seeds=2, kind="edge")
def MessagesOfAllSizes(rng):
    "softmax_bwd for tiny and huge messages, for tiny weights, for zeros, and for equal messages in a row"
    tiny, huge, zero, equal = (rows(rng, 3, 5) for _ in range(4))
    tiny["dP"] *= 1e-8
    huge["dP"] *= 1e8
    zero["dP"] *= 0.0
    equal["dP"] = np.repeat(equal["dP"][:, :1], 5, axis=1)
    return [tiny, huge, zero, equal, faint(rng, 3, 5)]


@calls({1: "softmax_bwd"}, truth=by_jacobian, through=with_gaps, seeds=2, kind="edge")
def RowsOfViews(rng):
    "softmax_bwd of transposed arrays, views with gaps and repeated weights"
    return {"dP": rng.standard_normal((6, 4)), "P": np.repeat(softmax(rng.standard_normal(3)), 2)}


@calls({1: "softmax_bwd"}, truth=by_jacobian, seeds=2, tolerance=T32, kind="gradient")
def RowsInFloat32(rng):
    "softmax_bwd: float32 in, float32 out"
    return in_float32(rows(rng, 3, 4, 5))


# ---- attention -------------------------------------------------------------------------------------


@probe(task=2, visible=True, seeds=2, kind="gradient", wrt=("V",))
class SmallValues:
    "dV for two queries and three keys"

    def make(rng):
        return parts(rng, 1, 1, 2, 3, 4, 2)

    def ask(answer, inputs):
        return values(answer.attn_bwd, inputs)

    def value(answer, inputs):
        return loss(inputs)

    def truth(inputs):
        return sums_for_values(inputs)


@probe(points=2, visible=False, seeds=3)
class ValuesUnderAMask(SmallValues):
    "dV with a mask, against differences"

    def make(rng):
        mask = rng.random((5, 4)) < 0.5
        return parts(rng, 2, 3, 5, 4, 2, 3, mask=mask) | {"mask": mask}


@probe(task=3, visible=True, seeds=2, kind="gradient", wrt=("Q", "K"))
class SmallQueriesAndKeys:
    "dQ and dK for two queries and three keys"

    def make(rng):
        return parts(rng, 1, 1, 2, 3, 4, 2)

    def ask(answer, inputs):
        return queries_and_keys(answer.attn_bwd, inputs)

    def value(answer, inputs):
        return loss(inputs)

    def truth(inputs):
        return sums_for_queries_and_keys(inputs)


@probe(points=2, visible=False, seeds=3)
class QueriesAndKeysUnderAMask(SmallQueriesAndKeys):
    "dQ and dK with a mask, against differences"

    def make(rng):
        mask = rng.random((5, 4)) < 0.5
        return parts(rng, 2, 3, 5, 4, 2, 3, mask=mask) | {"mask": mask}


@calls(BACK, truth=RIGHT, points=2, kind="gradient")
def ManyShapes(rng):
    "gradients for many shapes, single queries and keys among them"
    return [parts(rng, *shape) for shape in SHAPES]


@calls(BACK, truth=RIGHT, points=2, kind="gradient")
def ManyMasks(rng):
    "gradients under causal masks, and where some queries, or all of them, may look at nothing"
    causal = parts(rng, 2, 3, 4, 4, 5, 4, mask=np.tri(4, dtype=bool))
    chunk = parts(rng, 1, 2, 3, 7, 4, 3, mask=np.tri(3, 7, 4, dtype=bool))
    holes = rng.random((5, 4)) < 0.5
    holes[[0, 3]] = False
    some = parts(rng, 2, 2, 5, 4, 3, 6, mask=holes)
    return [causal, chunk, some, parts(rng, 1, 3, 2, 5, 4, 2, mask=np.zeros((2, 5), bool))]


@calls(BACK, truth=RIGHT, seeds=2, kind="edge")
def SharpAndTiny(rng):
    "gradients where softmax hears one key alone, where all keys are alike, for tiny messages and huge values"
    sharp, even, tiny = parts(rng, 1, 2, 3, 4, 5, 3, size=20.0), parts(rng, 1, 2, 3, 4, 5, 3), None
    even["K"][...] = even["K"][:, :, :1]
    even["P"] = weights_of(even)
    tiny = parts(rng, 2, 1, 4, 3, 2, 5)
    tiny["dout"] *= 1e-7
    return [sharp, even, tiny, faint_key(rng, 1, 2, 3, 4, 3, 2)]


@calls(
    {2: (values_of_views, "attn_bwd"), 3: (queries_and_keys_of_views, "attn_bwd")},
    truth={2: sums_for_values_of_views, 3: sums_for_queries_and_keys_of_views},
    seeds=2,
    kind="edge",
)
def Views(rng):
    "gradients of transposed arrays, views with gaps, and equal messages everywhere"
    return {
        "dout": rng.standard_normal(3),
        "Q": rng.standard_normal((2, 4, 3, 6)),
        "K": rng.standard_normal((2, 5, 3, 6)),
        "V": rng.standard_normal((2, 3, 5, 5)),
        "P": softmax(rng.standard_normal((2, 3, 4, 5))).transpose(0, 1, 3, 2).copy(),
    }


@calls(BACK, truth=RIGHT, seeds=2, tolerance=T32, kind="gradient")
def InFloat32(rng):
    "float32 in, float32 gradients out"
    return in_float32(parts(rng, 2, 3, 4, 5, 6, 7))
