"""Additive attention against sums text by text over the allowed keys, and every gradient."""

import numpy as np
import torch

from grader.language import T32, T64n, calls, probe, travels

# B, T, Dq, Dk, Dv, A; among them single keys and texts, and places where all counts are alike
SHAPES = (
    (2, 5, 3, 4, 6, 7),
    (1, 1, 1, 1, 1, 1),
    (3, 3, 3, 3, 3, 3),
    (4, 1, 2, 5, 3, 2),
    (1, 6, 5, 2, 1, 3),
    (4, 4, 2, 3, 3, 1),
    (2, 3, 4, 4, 4, 5),
)
PARTS = ("q", "keys", "values", "Wq", "Wk", "v")


def three(rng, B, T, Dq, Dk, Dv, A, size=1.0):
    shapes = ((B, Dq), (B, T, Dk), (B, T, Dv), (Dq, A), (Dk, A), (A,))
    made = {name: rng.standard_normal(shape) for name, shape in zip(PARTS, shapes, strict=True)}
    return made | {"mask": None, "v": size * made["v"]}


def masked(rng, *shape, size=1.0):
    """Every text has one key at least that it may look at, and mostly not all of them."""
    B, T = shape[:2]
    one = rng.integers(0, T, B)[:, None] == np.arange(T)
    return three(rng, *shape, size=size) | {"mask": one | (rng.random((B, T)) < 0.5)}


def in_float32(c):
    return c | {name: c[name].astype("float32") for name in PARTS}


def messages(rng, c):
    B, T, Dv = c["values"].shape
    return c | {"to_context": rng.standard_normal((B, Dv)), "to_weights": rng.standard_normal((B, T))}


def without_values(c):
    return {name: c[name] for name in ("q", "keys", "Wq", "Wk", "v")}


@travels
def tensors(c):
    return {name: None if array is None else torch.tensor(array) for name, array in c.items()}


@travels
def scored(additive_scores, c):
    return additive_scores(*tensors(c).values())


@travels
def looked(bahdanau, c):
    t = tensors(c)
    return bahdanau(*(t[name] for name in ("q", "keys", "values", "mask", "Wq", "Wk", "v")))


@travels
def scores_and_what_was_handed(additive_scores, c):
    t = tensors(c)
    return {"scores": additive_scores(*t.values()), "afterwards": t}


@travels
def look_and_what_was_handed(bahdanau, c):
    t = tensors(c)
    context, weights = bahdanau(*(t[name] for name in ("q", "keys", "values", "mask", "Wq", "Wk", "v")))
    return {"context": context, "weights": weights, "afterwards": t}


@travels
def slopes_of_scores(additive_scores, c):
    t = tensors(c)
    leaves = [t[name].requires_grad_() for name in ("q", "keys", "Wq", "Wk", "v")]
    additive_scores(*leaves).backward(t["message"])
    return [leaf.grad for leaf in leaves]


@travels
def slopes(bahdanau, c):
    """Gradients by way of the context and by way of the weights, together."""
    t = tensors(c)
    leaves = [t[name].requires_grad_() for name in ("q", "keys", "values", "Wq", "Wk", "v")]
    q, keys, values, *rest = leaves
    context, weights = bahdanau(q, keys, values, t["mask"], *rest)
    ((context * t["to_context"]).sum() + (weights * t["to_weights"]).sum()).backward()
    return [leaf.grad for leaf in leaves]


@travels
def views(c):
    """Texts and places exchanged, back to front, every other number."""
    return {
        "q": c["q"].T,
        "keys": c["keys"].transpose(1, 0, 2)[:, :, ::2],
        "values": c["values"][:, ::3],
        "mask": np.broadcast_to(c["mask"], (c["q"].shape[1], len(c["mask"]))),
        "Wq": c["Wq"].T,
        "Wk": c["Wk"][::2],
        "v": c["v"][::3],
    }


@travels
def tensors_of_views(c):
    t = tensors(c)
    return {
        "q": t["q"].T,
        "keys": t["keys"].transpose(0, 1)[:, :, ::2],
        "values": t["values"][:, ::3],
        "mask": t["mask"].expand(t["q"].shape[1], -1),
        "Wq": t["Wq"].T,
        "Wk": t["Wk"][::2],
        "v": t["v"][::3],
    }


@travels
def scored_of_views(additive_scores, c):
    t = tensors_of_views(c)
    return additive_scores(t["q"], t["keys"], t["Wq"], t["Wk"], t["v"])


@travels
def looked_of_views(bahdanau, c):
    t = tensors_of_views(c)
    return bahdanau(*(t[name] for name in ("q", "keys", "values", "mask", "Wq", "Wk", "v")))


# ---- what is right ---------------------------------------------------------------------------------


def score_by_hand(t):
    """Place by place; v as a sum over the hidden units."""
    B, T = t["keys"].shape[:2]
    rows = []
    for b in range(B):
        asked = (t["q"][b][:, None] * t["Wq"]).sum(dim=0)
        labels = [(t["keys"][b, s][:, None] * t["Wk"]).sum(dim=0) for s in range(T)]
        rows.append(torch.stack([(torch.tanh(asked + label) * t["v"]).sum() for label in labels]))
    return torch.stack(rows)


def by_hand(t):
    scores, contexts, weights = score_by_hand(t), [], []
    for b in range(len(scores)):
        w = torch.zeros_like(scores[b])
        places = range(scores.shape[1]) if t["mask"] is None else torch.nonzero(t["mask"][b])[:, 0].tolist()
        if len(places):
            e = torch.exp(scores[b][list(places)] - max(float(scores[b, s]) for s in places))
            w = w.index_put((torch.tensor(list(places)),), e / e.sum())
        weights.append(w)
        contexts.append(sum(w[s] * t["values"][b, s] for s in range(len(w))))
    return [torch.stack(contexts), torch.stack(weights)]


def exact_scores(c):
    return score_by_hand(tensors(c))


def exact(c):
    return by_hand(tensors(c))


def exact_scores_of_views(c):
    return score_by_hand(tensors({name: array.copy() for name, array in views(c).items()}))


def exact_of_views(c):
    return by_hand(tensors({name: array.copy() for name, array in views(c).items()}))


def exact_scores_and_what_was_handed(c):
    return {"scores": exact_scores(c), "afterwards": c}


def exact_look_and_what_was_handed(c):
    context, weights = exact(c)
    return {"context": context, "weights": weights, "afterwards": c}


def exact_slopes_of_scores(c):
    t = tensors(c)
    leaves = [t[name].requires_grad_() for name in ("q", "keys", "Wq", "Wk", "v")]
    score_by_hand(t).backward(t["message"])
    return [leaf.grad for leaf in leaves]


def exact_slopes(c):
    t = tensors(c)
    leaves = [t[name].requires_grad_() for name in PARTS]
    context, weights = by_hand(t)
    ((context * t["to_context"]).sum() + (weights * t["to_weights"]).sum()).backward()
    return [torch.zeros_like(leaf) if leaf.grad is None else leaf.grad for leaf in leaves]


def with_gaps(rng):
    mask = rng.random(5) < 0.5
    mask[int(rng.integers(5))] = True
    return {
        "q": rng.standard_normal((3, 2)),
        "keys": rng.standard_normal((5, 2, 8)),
        "values": rng.standard_normal((2, 15, 3)),
        "mask": mask,
        "Wq": rng.standard_normal((2, 3)),
        "Wk": rng.standard_normal((8, 2)),
        "v": rng.standard_normal(6),
    }


# ---- scores ----------------------------------------------------------------------------------------

SCORED = {1: (scored, "additive_scores")}


@calls(SCORED, truth=exact_scores, visible=True, seeds=2, tolerance=T64n)
def SmallScores(rng):
    "{} of one text with three places"
    return {name: array.round(1) for name, array in without_values(three(rng, 1, 3, 2, 2, 1, 2)).items()}


@calls(SCORED, truth=exact_scores, points=2, tolerance=T64n)
def ManyScores(rng):
    "{} of many shapes, single places and texts among them"
    return [without_values(three(rng, *shape)) for shape in SHAPES]


@calls(SCORED, truth=exact_scores, seeds=2, tolerance=T64n, kind="edge")
def FlatAndSteep(rng):
    "{} where tanh is flat, where it is straight, and where v is large"
    flat, straight = (without_values(three(rng, 2, 4, 3, 5, 1, 6)) for _ in range(2))
    flat["q"] *= 30.0
    flat["keys"] *= 30.0
    straight["q"] *= 1e-5
    straight["keys"] *= 1e-5
    return [flat, straight, without_values(three(rng, 2, 3, 4, 2, 1, 5, size=1e5))]


@calls(
    {1: (scored_of_views, "additive_scores"), 2: (looked_of_views, "bahdanau")},
    truth={1: exact_scores_of_views, 2: exact_of_views},
    seeds=2,
    tolerance=T64n,
    kind="edge",
)
def Views(rng):
    "{} of tensors whose numbers lie apart"
    return with_gaps(rng)


@calls(SCORED, truth=exact_scores, seeds=2, tolerance=T32)
def ScoresInFloat32(rng):
    "{}: float32 in, float32 out"
    made = in_float32(three(rng, 2, 4, 3, 5, 6, 7))
    return without_values(made)


@probe(task=1, points=2, seeds=2, tolerance=T64n, kind="gradient", wrt=("q", "keys", "Wq", "Wk", "v"))
class SlopesOfScores:
    "the gradients of all inputs of additive_scores"

    def make(rng):
        return without_values(three(rng, 3, 4, 2, 5, 1, 3)) | {"message": rng.standard_normal((3, 4))}

    def ask(answer, inputs):
        return slopes_of_scores(answer.additive_scores, inputs)

    def value(answer, inputs):
        scores = scored(answer.additive_scores, without_values(inputs))
        return float((scores * torch.tensor(inputs["message"])).sum())

    def truth(inputs):
        return exact_slopes_of_scores(inputs)


# ---- attention -------------------------------------------------------------------------------------

LOOKED = {2: (looked, "bahdanau")}


@calls(LOOKED, truth=exact, visible=True, seeds=2, tolerance=T64n)
def SmallLook(rng):
    "{} of two texts with three places, of which some are padding"
    return three(rng, 2, 3, 2, 2, 2, 2) | {"mask": np.array([[True, True, False], [True, True, True]])}


@calls(LOOKED, truth=exact, visible=True, seeds=1, tolerance=T64n)
def FromThePage(rng):
    "the example of the page"
    return {
        "q": np.array([[1.0, 0.0]]),
        "keys": np.array([[[0.5, -1.0], [1.0, 1.0], [-2.0, 0.0]]]),
        "values": np.array([[[4.0], [8.0], [100.0]]]),
        "mask": np.array([[True, True, False]]),
        "Wq": np.eye(2),
        "Wk": np.eye(2),
        "v": np.array([1.0, 2.0]),
    }


@calls(LOOKED, truth=exact, points=2, tolerance=T64n)
def NoMask(rng):
    "{} without a mask: many shapes, single places and texts among them"
    return [three(rng, *shape) for shape in SHAPES]


@calls(LOOKED, truth=exact, points=2, tolerance=T64n)
def ManyMasks(rng):
    "{} with masks of all kinds"
    made = [masked(rng, *shape) for shape in SHAPES]
    padded = three(rng, 3, 5, 2, 3, 4, 6) | {"mask": np.arange(5) < np.array([5, 1, 3])[:, None]}
    return [*made, padded, three(rng, 2, 4, 3, 2, 5, 3) | {"mask": np.ones((2, 4), bool)}]


@calls(LOOKED, truth=exact, seeds=2, tolerance=T64n, kind="edge")
def NowhereToLook(rng):
    "{} where some texts, or all of them, may look at nothing"
    some = masked(rng, 4, 3, 2, 5, 6, 3)
    some["mask"][[0, 2]] = False
    return [some, three(rng, 1, 1, 2, 3, 4, 2) | {"mask": np.zeros((1, 1), bool)}]


@calls(
    {1: (scores_and_what_was_handed, "additive_scores")},
    truth=exact_scores_and_what_was_handed,
    seeds=2,
    tolerance=T64n,
)
def LeftAlone(rng):
    "what {} was handed, as it stands afterwards"
    return without_values(three(rng, 3, 4, 2, 5, 6, 3))


@calls(
    {2: (look_and_what_was_handed, "bahdanau")},
    truth=exact_look_and_what_was_handed,
    seeds=2,
    tolerance=T64n,
)
def MaskLeftAlone(rng):
    "what {} was handed, as it stands afterwards, also where some texts may look at nothing"
    made = masked(rng, 4, 3, 2, 5, 6, 3)
    made["mask"][[1, 3]] = False
    return [made, masked(rng, 2, 5, 3, 4, 2, 6), three(rng, 3, 4, 2, 5, 6, 3)]


@calls(LOOKED, truth=exact, seeds=2, tolerance=T64n, kind="edge")
def HugeScores(rng):
    "{} with scores in the thousands, with and without a mask"
    return [three(rng, 3, 5, 2, 3, 4, 6, size=1000.0), masked(rng, 3, 5, 2, 3, 4, 6, size=1000.0)]


@calls(LOOKED, truth=exact, seeds=2, tolerance=T64n, kind="edge")
def AllScoresFarBelowZero(rng):
    "{} where the scores of all keys lie near minus a million, and the values of forbidden ones are enormous"
    made = masked(rng, 3, 5, 2, 3, 4, 2)
    made["mask"][:, 4] = False
    made["mask"][:, 1] = True
    made["values"][:, 4] = 1e9
    made["q"], made["Wq"] = np.ones((3, 2)), np.full((2, 2), 50.0)
    made["Wq"][:, 1] = 0.0
    made["v"] = np.array([-1e6, 2.0])
    return made


@calls(LOOKED, truth=exact, seeds=2, tolerance=T64n, kind="edge")
def EqualKeys(rng):
    "{} where keys are equal, or v is zero: equal weights"
    made = masked(rng, 2, 6, 3, 2, 4, 5)
    made["keys"][:, 2:5] = made["keys"][:, :1]
    return [made, three(rng, 2, 4, 3, 2, 5, 3, size=0.0)]


@calls(LOOKED, truth=exact, seeds=2, tolerance=T32)
def LookInFloat32(rng):
    "{}: float32 in, float32 out"
    empty = masked(rng, 3, 4, 2, 3, 5, 6)
    empty["mask"][1] = False
    return [in_float32(three(rng, 2, 4, 3, 5, 6, 7)), in_float32(empty)]


@probe(
    task=2, points=2, seeds=2, tolerance=T64n, kind="gradient", wrt=("q", "keys", "values", "Wq", "Wk", "v")
)
class Slopes:
    "the gradients of all inputs of bahdanau, with a mask"

    def make(rng):
        return messages(rng, masked(rng, 3, 4, 2, 5, 3, 4))

    def ask(answer, inputs):
        return slopes(answer.bahdanau, inputs)

    def value(answer, inputs):
        context, weights = looked(answer.bahdanau, inputs)
        by_context = (context * torch.tensor(inputs["to_context"])).sum()
        return float(by_context + (weights * torch.tensor(inputs["to_weights"])).sum())

    def truth(inputs):
        return exact_slopes(inputs)


@calls({2: (slopes, "bahdanau")}, truth=exact_slopes, seeds=2, tolerance=T64n, kind="gradient")
def SlopesWithEmptyTexts(rng):
    "the gradients where a text may look nowhere, and without a mask"
    empty = masked(rng, 3, 4, 2, 5, 3, 2)
    empty["mask"][1] = False
    return [messages(rng, empty), messages(rng, three(rng, 2, 3, 4, 2, 5, 3))]
