"""Heads one by one, over the allowed keys alone; masks of both shapes; every gradient, in empty rows too."""

import numpy as np
import torch
from probing import backward, filled, round_trips

from grader.language import T32, T64, T64n, calls, probe, travels

# B, T, S, d, h; among them heads of one number, one head, and places where all counts are alike
SHAPES = (
    (2, 5, 7, 12, 3),
    (1, 1, 1, 1, 1),
    (3, 4, 2, 6, 6),
    (2, 3, 5, 4, 1),
    (2, 2, 2, 4, 2),
    (3, 3, 3, 9, 3),
    (1, 6, 1, 8, 4),
    (4, 1, 3, 8, 2),
)


def layers(rng, d, size=1.0):
    made = {}
    for name in ("wq", "wk", "wv", "wo"):
        scale = size if name in ("wq", "wk") else 1.0
        made[f"{name}.weight"] = scale * rng.standard_normal((d, d)) / np.sqrt(d)
        made[f"{name}.bias"] = 0.5 * rng.standard_normal(d)
    return made


def texts(rng, B, T, S, d, h, size=1.0, context=True):
    made = {"w": layers(rng, d, size), "made": [d, h], "x": rng.standard_normal((B, T, d))}
    return made | {"context": rng.standard_normal((B, S, d)) if context else None, "mask": None}


def somewhere(rng, *shape):
    """A mask in which every row may look at one key at least, and mostly not at all of them."""
    mask = rng.random(shape) < 0.5
    one = rng.integers(0, shape[-1], shape[:-1])
    return mask | (np.arange(shape[-1]) == one[..., None])


def causal(T):
    return np.tri(T, dtype=bool)


def in_float32(c):
    small = {name: None if c[name] is None else c[name].astype("float32") for name in ("x", "context")}
    return c | small | {"w": {name: array.astype("float32") for name, array in c["w"].items()}}


# ---- the learner's code ----------------------------------------------------------------------------


@travels
def tensors(c):
    return [None if c[name] is None else torch.tensor(c[name]) for name in ("x", "context", "mask")]


@travels
def attended(answer, c):
    """What is left out of the call is None here."""
    x, context, mask = tensors(c)
    given = {"context": context} if context is not None else {}
    given |= {"mask": mask} if mask is not None else {}
    return filled(answer.MHA(*c["made"]), c["w"])(x, **given)


@travels
def slopes(answer, c):
    """The result, and the gradients of x, context and every parameter."""
    net = filled(answer.MHA(*c["made"]), c["w"])
    x, context, mask = tensors(c)
    leaves = [one.requires_grad_() for one in (x, context) if one is not None]
    out = net(x, context, mask)
    out.backward(torch.tensor(c["message"]))
    return [out, [leaf.grad for leaf in leaves], {name: p.grad for name, p in net.named_parameters()}]


@travels
def many_times(answer, c):
    """One module: two texts of one shape before the first backward, and one again with new weights."""
    net = filled(answer.MHA(*c["made"]), c["w"])
    x, other, mask = (torch.tensor(c[name]) for name in ("x", "other", "mask"))
    x.requires_grad_()
    first, second = net(x, mask=mask) if c["masked"] else net(x), net(other)
    first.backward(torch.tensor(c["message"]))
    found = [first, second, x.grad.clone(), net(other, x, ~mask if c["masked"] else None)]
    return [*found, filled(net, c["later"])(x, mask=mask if c["masked"] else None)]


@travels
def of_views(answer, c):
    """Rows and texts exchanged, every other number, and a mask that repeats one row."""
    x = torch.tensor(c["x"]).transpose(0, 1)[:, :, ::2]
    context = torch.tensor(c["context"]).permute(2, 1, 0)
    mask = torch.tensor(c["mask"]).expand(x.shape[1], context.shape[1])
    return filled(answer.MHA(*c["made"]), c["w"])(x, context, mask)


@travels
def and_what_was_handed(answer, c):
    """The result, and what the module was called with, as it stands afterwards."""
    x, context, mask = tensors(c)
    result = filled(answer.MHA(*c["made"]), c["w"])(x, context, mask)
    return {"result": result, "x": x, "context": context, "mask": mask}


@travels
def of_all_lengths(answer, c):
    """One module for texts of different length, one after the other."""
    net = filled(answer.MHA(*c["made"]), c["w"])
    found = []
    for T in c["lengths"]:
        rows = torch.tensor(c["x"][:, :T])
        found.append(net(rows, mask=torch.tensor(c["mask"][:T, :T])) if c["masked"] else net(rows))
    return found


@travels
def cut(split_heads, c):
    return split_heads(torch.tensor(c["x"]), c["h"])


@travels
def joined(join_heads, c):
    return join_heads(torch.tensor(c["x"]))


@travels
def both_ways(split_heads, join_heads, c):
    """Of a view with gaps; and what the message through the two becomes."""
    x = torch.tensor(c["x"]).permute(1, 2, 0)[:, :, ::3].requires_grad_()
    back = join_heads(split_heads(x, c["h"]) * torch.tensor(c["by"]))
    (back * torch.tensor(c["message"])).sum().backward()
    return [back, x.grad]


# ---- what is right ---------------------------------------------------------------------------------


def linear(w, name, rows, piece=slice(None)):
    return rows @ w[f"{name}.weight"][piece].T + w[f"{name}.bias"][piece]


def by_hand(w, h, x, context, mask):
    """Text by text, head by head, query by query, over the keys that it may see."""
    context = x if context is None else context
    (B, T, d), S = x.shape, context.shape[1]
    out = []
    for b in range(B):
        found = []
        for head in range(h):
            piece = slice(head * d // h, (head + 1) * d // h)
            q = linear(w, "wq", x[b], piece)
            k = linear(w, "wk", context[b], piece)
            v = linear(w, "wv", context[b], piece)
            rows = []
            for t in range(T):
                allowed = torch.ones(S, dtype=torch.bool)
                if mask is not None:
                    allowed = mask[t] if mask.dim() == 2 else mask[b, t]
                scores = (k[allowed] * q[t]).sum(dim=1) * (d / h) ** -0.5
                e = torch.exp(scores - scores.detach().max()) if len(scores) else scores
                rows.append((e[:, None] * v[allowed]).sum(dim=0) / (e.sum() if len(scores) else 1))
            found.append(torch.stack(rows))
        out.append(linear(w, "wo", torch.cat(found, dim=1)))
    return torch.stack(out)


def exact(c):
    w = {name: torch.tensor(array) for name, array in c["w"].items()}
    return by_hand(w, c["made"][1], *tensors(c))


def exact_slopes(c):
    w = {name: torch.tensor(array, requires_grad=True) for name, array in c["w"].items()}
    x, context, mask = tensors(c)
    leaves = [one.requires_grad_() for one in (x, context) if one is not None]
    out = by_hand(w, c["made"][1], x, context, mask)
    out.backward(torch.tensor(c["message"]))
    return [out.detach(), [leaf.grad for leaf in leaves], {name: leaf.grad for name, leaf in w.items()}]


def exact_many_times(c):
    w, later = ({name: torch.tensor(a) for name, a in c[which].items()} for which in ("w", "later"))
    h, (x, other, mask) = c["made"][1], (torch.tensor(c[name]) for name in ("x", "other", "mask"))
    mask, opposite = (mask, ~mask) if c["masked"] else (None, None)
    x.requires_grad_()
    first = by_hand(w, h, x, None, mask)
    first.backward(torch.tensor(c["message"]))
    found = [first, by_hand(w, h, other, None, None), x.grad, by_hand(w, h, other, x, opposite)]
    return [one.detach() for one in (*found, by_hand(later, h, x, None, mask))]


def exact_and_what_was_handed(c):
    return {"result": exact(c)} | {name: c[name] for name in ("x", "context", "mask")}


def exact_of_all_lengths(c):
    shorter = [c | {"x": c["x"][:, :T], "mask": c["mask"][:T, :T]} for T in c["lengths"]]
    return [exact(one if c["masked"] else one | {"mask": None}) for one in shorter]


def growing(rng, masked):
    """One token first: what is kept of it stretches over every later text."""
    made = [texts(rng, 2, 5, 5, 6, 3, context=False) | {"mask": causal(5)} for _ in range(2)]
    return [
        c | {"lengths": lengths, "masked": masked}
        for c, lengths in zip(made, ([1, 4, 2, 5], [3, 4, 1]), strict=True)
    ]


def one_module(rng, masked):
    made = texts(rng, 2, 4, 4, 6, 2)
    mask = somewhere(rng, 4, 4)
    mask[np.arange(4), np.arange(4)] = False
    mask[np.arange(4), (np.arange(4) + 1) % 4] = True
    return made | {
        "other": made["context"],
        "later": layers(rng, 6),
        "message": rng.standard_normal((2, 4, 6)),
        "mask": mask,
        "masked": masked,
    }


def exact_of_views(c):
    x, context = c["x"].transpose(1, 0, 2)[:, :, ::2].copy(), c["context"].transpose(2, 1, 0).copy()
    mask = np.repeat(c["mask"], x.shape[1], axis=0)
    return exact(c | {"x": x, "context": context, "mask": mask})


def by_the_library(c):
    """torch's own module, with the weights under its names."""
    d, h = c["made"]
    net, w = torch.nn.MultiheadAttention(d, h, batch_first=True), c["w"]
    three = [f"{name}.{{}}" for name in ("wq", "wk", "wv")]
    arrays = {
        "in_proj_weight": np.concatenate([w[name.format("weight")] for name in three]),
        "in_proj_bias": np.concatenate([w[name.format("bias")] for name in three]),
        "out_proj.weight": w["wo.weight"],
        "out_proj.bias": w["wo.bias"],
    }
    x, context, mask = tensors(c)
    context = x if context is None else context
    hidden = None if mask is None else ~mask
    with torch.no_grad():
        return filled(net, arrays)(x, context, context, attn_mask=hidden, need_weights=False)[0]


def cut_by_hand(c):
    x, h = c["x"], c["h"]
    size = x.shape[2] // h
    return torch.tensor(np.stack([x[:, :, i * size : (i + 1) * size] for i in range(h)], axis=1))


def joined_by_hand(c):
    return torch.tensor(np.concatenate([c["x"][:, i] for i in range(c["x"].shape[1])], axis=2))


# ---- heads -----------------------------------------------------------------------------------------


@calls({1: (cut, "split_heads")}, truth=cut_by_hand, visible=True, seeds=1)
def SmallCut(rng):
    "three rows of four numbers, cut into two heads"
    return {"x": np.arange(1.0, 13.0).reshape(1, 3, 4), "h": 2}


@calls({1: (joined, "join_heads")}, truth=joined_by_hand, visible=True, seeds=1)
def SmallJoin(rng):
    "two heads with three rows each, joined"
    return {"x": np.arange(1.0, 13.0).reshape(1, 2, 3, 2)}


@calls({1: (cut, "split_heads")}, truth=cut_by_hand, points=2)
def ManyCuts(rng):
    "rows cut into heads: one head, heads of one number, single rows, several texts"
    return [{"x": rng.standard_normal((B, T, d)), "h": h} for B, T, S, d, h in SHAPES]


@calls({1: (joined, "join_heads")}, truth=joined_by_hand, points=2)
def ManyJoins(rng):
    "heads joined: one head, heads of one number, single rows, several texts"
    return [{"x": rng.standard_normal((B, h, T, d // h))} for B, T, S, d, h in SHAPES]


@calls({1: (both_ways, "split_heads", "join_heads")}, seeds=2, kind="edge")
def ThereAndBack(rng):
    "a view with gaps cut and joined, each head times a number, and the gradient of it"
    return {
        "x": rng.standard_normal((18, 2, 5)),
        "h": 3,
        "by": rng.standard_normal((3, 1, 1)),
        "message": rng.standard_normal((2, 5, 6)),
    }


@calls({1: (cut, "split_heads")}, truth=cut_by_hand, seeds=1, tolerance=T32)
def CutInFloat32(rng):
    "rows of float32"
    return {"x": rng.standard_normal((2, 3, 8)).astype("float32"), "h": 2}


# ---- without masks ---------------------------------------------------------------------------------


@calls({2: attended}, truth=exact, visible=True, seeds=2, tolerance=T64n)
def TwoHeads(rng):
    "self-attention with two heads"
    return texts(rng, 1, 3, 3, 4, 2, context=False)


@calls({2: attended}, truth=exact, points=2, tolerance=T64)
def SelfAttention(rng):
    "self-attention of many shapes"
    return [texts(rng, *shape, context=False) for shape in SHAPES]


@calls({2: attended}, truth=exact, points=2, tolerance=T64)
def CrossAttention(rng):
    "cross-attention of many shapes"
    return [texts(rng, *shape) for shape in SHAPES]


@calls({2: attended}, truth=by_the_library, seeds=2, tolerance=T64n)
def AgainstTheLibrary(rng):
    "the same weights in PyTorch's own module"
    return [texts(rng, 2, 4, 6, 10, 5), texts(rng, 3, 5, 5, 6, 2, context=False)]


@calls({2: attended}, truth=exact, seeds=2, tolerance=T64n, kind="edge")
def LoudQueries(rng):
    "scores in the hundreds, where softmax listens to one key, and scores near zero"
    return [texts(rng, 2, 3, 5, 6, 2, size=20.0), texts(rng, 2, 3, 5, 6, 3, size=1e-3)]


@calls({2: attended}, seeds=2, tolerance=T32)
def InFloat32(rng):
    "float32 in, float32 out"
    return [in_float32(texts(rng, 2, 4, 5, 8, 2)), in_float32(texts(rng, 3, 4, 4, 6, 3, context=False))]


@calls({2: slopes}, truth=exact_slopes, seeds=2, tolerance=T64n, kind="gradient")
def SelfSlopes(rng):
    "the gradients of self-attention: x asks, is asked and hands over"
    made = [texts(rng, 2, 3, 3, 6, 2, context=False), texts(rng, 1, 4, 4, 3, 3, context=False)]
    return [c | {"message": rng.standard_normal(c["x"].shape)} for c in made]


@probe(task=2, points=2, seeds=2, tolerance=T64n, kind="gradient", wrt=("w", "x", "context"))
class CrossSlopes:
    "the gradients of cross-attention, for x, context and every parameter"

    def make(rng):
        return texts(rng, 2, 3, 4, 4, 2) | {"message": rng.standard_normal((2, 3, 4))}

    def ask(answer, inputs):
        net = filled(answer.MHA(*inputs["made"]), inputs["w"])
        _, (dx, dcontext), grads = backward(net, inputs["x"], inputs["context"], message=inputs["message"])
        return [grads, dx, dcontext]

    def value(answer, inputs):
        return (attended(answer, inputs) * torch.tensor(inputs["message"])).sum().item()


@probe(task=2, seeds=2, tolerance=T64n)
class SavedLoadedAndCopied:
    "a module that was saved, loaded and copied"

    def make(rng):
        return texts(rng, 2, 3, 4, 6, 2)

    def ask(answer, inputs):
        net = filled(answer.MHA(*inputs["made"]), inputs["w"])
        return round_trips(net, answer.MHA(*inputs["made"]), inputs["x"], inputs["context"])


@calls({2: many_times}, truth=exact_many_times, seeds=2, tolerance=T64n, kind="edge")
def OneModuleManyTimes(rng):
    "one module for several texts before the first backward, and with other weights later"
    return one_module(rng, False)


@calls({2: of_all_lengths}, truth=exact_of_all_lengths, seeds=2, tolerance=T64n, kind="edge")
def TextsOfAllLengths(rng):
    "one module for texts of one token, of more and of fewer"
    return growing(rng, False)


@calls({2: and_what_was_handed}, truth=exact_and_what_was_handed, seeds=2, tolerance=T64n)
def TextsLeftAlone(rng):
    "what the module was called with, as it stands afterwards"
    return [texts(rng, 2, 4, 3, 6, 2), texts(rng, 2, 3, 3, 4, 2, context=False)]


@calls({2: attended}, truth=exact, visible=True, seeds=1, tolerance=T64n)
def FromThePage(rng):
    "the example of the page: weights that change nothing"
    w = {f"{name}.weight": np.eye(4) for name in ("wq", "wk", "wv", "wo")}
    w |= {f"{name}.bias": np.zeros(4) for name in ("wq", "wk", "wv", "wo")}
    x = np.array([[[1.0, 0.0, 0.0, 2.0], [0.0, 3.0, 1.0, 0.0]]])
    return {"w": w, "made": [4, 2], "x": x, "context": None, "mask": None}


# ---- masks -----------------------------------------------------------------------------------------


@calls({3: attended}, truth=exact, visible=True, seeds=2, tolerance=T64n)
def SmallCausal(rng):
    "self-attention that may not look ahead"
    return texts(rng, 1, 3, 3, 4, 2, context=False) | {"mask": causal(3)}


@calls({3: attended}, truth=exact, points=2, tolerance=T64n)
def OneMaskForAll(rng):
    "masks [T, S], causal ones among them"
    made = [texts(rng, *shape) | {"mask": somewhere(rng, *shape[1:3])} for shape in SHAPES]
    plain = [texts(rng, *shape, context=False) | {"mask": causal(shape[1])} for shape in SHAPES]
    later = texts(rng, 2, 2, 5, 6, 3) | {"mask": np.tri(2, 5, 3, dtype=bool)}
    return [*made, *plain, later]


@calls({3: attended}, truth=exact, points=2, tolerance=T64n)
def OneMaskForEachText(rng):
    "masks [B, T, S]; as many texts as heads, too"
    made = []
    for shape in SHAPES:
        made.append(texts(rng, *shape) | {"mask": somewhere(rng, *shape[:3])})
    lengths = np.array([3, 5, 1])
    padded = causal(5) & (np.arange(5) < lengths[:, None, None])
    return [*made, texts(rng, 3, 5, 5, 6, 3, context=False) | {"mask": padded}]


@calls({3: attended}, truth=by_the_library, seeds=2, tolerance=T64n)
def MasksAgainstTheLibrary(rng):
    "the same weights and masks in PyTorch's own module"
    return [
        texts(rng, 2, 4, 6, 10, 5) | {"mask": somewhere(rng, 4, 6)},
        texts(rng, 3, 5, 5, 6, 2, context=False) | {"mask": causal(5)},
    ]


@calls({3: attended}, truth=exact, seeds=2, tolerance=T64n, kind="edge")
def NowhereToLook(rng):
    "queries that may look nowhere, in some texts or in all"
    one, each = somewhere(rng, 4, 3), somewhere(rng, 2, 4, 3)
    one[[0, 2]] = False
    each[0, 1] = False
    each[1] = False
    return [
        texts(rng, 2, 4, 3, 6, 2) | {"mask": one},
        texts(rng, 2, 4, 3, 6, 2, size=20.0) | {"mask": each},
        texts(rng, 1, 2, 2, 4, 2, context=False) | {"mask": np.zeros((2, 2), bool)},
    ]


@calls({3: attended}, truth=exact, seeds=2, tolerance=T64n, kind="edge")
def ForbiddenAndEnormous(rng):
    "forbidden keys whose numbers are enormous"
    made = texts(rng, 2, 4, 5, 6, 2) | {"mask": somewhere(rng, 4, 5)}
    made["mask"][:, 3] = False
    made["mask"][:, 0] = True
    found = [made | {"context": made["context"].copy()} for _ in range(3)]
    for c, size in zip(found, (1e7, 1e12, 1e60), strict=True):
        c["context"][:, 3] *= size
    return found


@calls({3: and_what_was_handed}, truth=exact_and_what_was_handed, seeds=2, tolerance=T64n)
def MaskLeftAlone(rng):
    "what the module was called with, as it stands afterwards, also where some queries may look nowhere"
    one, each = somewhere(rng, 4, 3), somewhere(rng, 2, 4, 3)
    one[[0, 2]] = False
    each[1, 1:] = False
    return [
        texts(rng, 2, 4, 3, 6, 2) | {"mask": one},
        texts(rng, 2, 4, 3, 6, 3) | {"mask": each},
        texts(rng, 2, 3, 3, 4, 2, context=False) | {"mask": causal(3)},
    ]


@calls({3: of_all_lengths}, truth=exact_of_all_lengths, seeds=2, tolerance=T64n, kind="edge")
def MasksOfAllLengths(rng):
    "one module with causal masks for texts of one token, of more and of fewer"
    return growing(rng, True)


@calls({3: many_times}, truth=exact_many_times, seeds=2, tolerance=T64n, kind="edge")
def OneModuleManyMasks(rng):
    "one module with a mask, without one, and with the opposite mask"
    return one_module(rng, True)


@calls({3: attended}, truth=exact, seeds=2, tolerance=T64n, kind="edge")
def AllScoresFarBelowZero(rng):
    "masks where the scores of all keys lie near minus a million"
    made = texts(rng, 2, 4, 5, 6, 2) | {"mask": somewhere(rng, 4, 5)}
    made["w"]["wq.weight"] *= 0.1
    made["w"]["wq.bias"] = rng.uniform(-4, -2, 6)
    made["w"]["wk.bias"] = np.full(6, 2e5)
    return made


@calls({3: of_views}, truth=exact_of_views, seeds=2, tolerance=T64n, kind="edge")
def Views(rng):
    "rows whose numbers lie apart, and a mask that repeats one row"
    made = texts(rng, 1, 1, 1, 6, 2)
    return made | {
        "x": rng.standard_normal((3, 2, 12)),
        "context": rng.standard_normal((6, 5, 2)),
        "mask": somewhere(rng, 1, 5),
    }


@calls({3: attended}, seeds=2, tolerance=T32)
def MasksInFloat32(rng):
    "float32 with masks"
    holes = somewhere(rng, 2, 4, 5)
    holes[0, 1] = False
    return [
        in_float32(texts(rng, 2, 4, 5, 8, 2)) | {"mask": holes},
        in_float32(texts(rng, 3, 4, 4, 6, 3, context=False)) | {"mask": causal(4)},
    ]


@calls({3: slopes}, truth=exact_slopes, points=2, tolerance=T64n, kind="gradient")
def SlopesUnderMasks(rng):
    "the gradients under masks, also where a query may look nowhere"
    holes, each = somewhere(rng, 4, 3), somewhere(rng, 2, 3, 4)
    holes[[1, 3]] = False
    each[1, 0] = False
    made = [
        texts(rng, 2, 3, 3, 6, 2, context=False) | {"mask": causal(3)},
        texts(rng, 2, 4, 3, 4, 2) | {"mask": holes},
        texts(rng, 2, 3, 4, 4, 2) | {"mask": each},
    ]
    return [c | {"message": rng.standard_normal(c["x"].shape)} for c in made]


@probe(task=3, seeds=2, tolerance=T64n, kind="gradient", wrt=("w", "x"))
class CausalSlopes:
    "the gradients of causal self-attention, against differences"

    def make(rng):
        made = texts(rng, 2, 3, 3, 4, 2, context=False) | {"mask": causal(3)}
        return made | {"message": rng.standard_normal((2, 3, 4))}

    def ask(answer, inputs):
        _, (dx,), grads = slopes(answer, inputs)
        return [grads, dx]

    def value(answer, inputs):
        return (attended(answer, inputs) * torch.tensor(inputs["message"])).sum().item()
