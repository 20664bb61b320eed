"""The block's values and gradients from given weights, against the same mathematics in other words."""

import math

import numpy as np
import torch
from probing import backward, filled, round_trips, watched

from grader.language import T32, T64, T64n, calls, probe, travels


def linear(rng, name, inputs, outputs):
    return {
        f"{name}.weight": rng.standard_normal((outputs, inputs)) * (1.2 / math.sqrt(inputs)),
        f"{name}.bias": 0.4 * rng.standard_normal(outputs),
    }


def norm(rng, name, d):
    """Scales that are not 1, some negative, and shifts."""
    sign = rng.choice([-1.0, 1.0, 1.0], d)
    return {f"{name}.weight": sign * rng.uniform(0.5, 1.5, d), f"{name}.bias": 0.4 * rng.standard_normal(d)}


def ff_weights(rng, d):
    return linear(rng, "fc", d, 4 * d) | linear(rng, "proj", 4 * d, d)


def weights(rng, d):
    found = norm(rng, "ln_1", d) | norm(rng, "ln_2", d)
    for part in ("wq", "wk", "wv", "wo"):
        found |= linear(rng, f"attn.{part}", d, d)
    return found | {f"ff.{name}": array for name, array in ff_weights(rng, d).items()}


def rows(rng, *shape):
    return rng.standard_normal(shape) * 1.5 + 0.3


def bend(z):
    return z / 2 * (1 + torch.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3)))


def ff_by_hand(t, x, name=""):
    z = bend(torch.einsum("...i,oi->...o", x, t[f"{name}fc.weight"]) + t[f"{name}fc.bias"])
    return torch.einsum("...i,oi->...o", z, t[f"{name}proj.weight"]) + t[f"{name}proj.bias"]


def normal_by_hand(t, x, name):
    centred = x - x.mean(dim=-1, keepdim=True)
    spread = (centred * centred).mean(dim=-1, keepdim=True)
    return centred / torch.sqrt(spread + 1e-5) * t[f"{name}.weight"] + t[f"{name}.bias"]


def attention_by_hand(t, x, heads):
    """One head at a time, one row at a time."""
    B, T, d = x.shape
    size = d // heads
    q, k, v = (x @ t[f"attn.{part}.weight"].T + t[f"attn.{part}.bias"] for part in ("wq", "wk", "wv"))
    out = []
    for row in range(T):
        pieces = []
        for head in range(heads):
            own = slice(head * size, (head + 1) * size)
            score = (k[:, : row + 1, own] * q[:, row : row + 1, own]).sum(dim=2) / math.sqrt(size)
            share = torch.exp(score - torch.logsumexp(score, dim=1, keepdim=True))
            pieces.append((share[:, :, None] * v[:, : row + 1, own]).sum(dim=1))
        out.append(torch.cat(pieces, dim=1))
    return torch.stack(out, dim=1) @ t["attn.wo.weight"].T + t["attn.wo.bias"]


def block_by_hand(t, x, heads):
    x = x + attention_by_hand(t, normal_by_hand(t, x, "ln_1"), heads)
    return x + ff_by_hand(t, normal_by_hand(t, x, "ln_2"), "ff.")


def tensors(arrays):
    return {name: torch.tensor(array) for name, array in arrays.items()}


# ---- the small network -----------------------------------------------------------------------------


@travels
def ff_values(answer, c):
    x = torch.tensor(c["x"])
    net = filled(answer.FeedForward(c["x"].shape[-1]), c["weights"])
    return [net(x), x]


def ff_values_by_hand(c):
    return [ff_by_hand(tensors(c["weights"]), torch.tensor(c["x"])), c["x"]]


@calls({1: ff_values}, truth=ff_values_by_hand, visible=True, seeds=2, tolerance=T64n)
def TwoTokens(rng):
    "The network's answer for two tokens of three numbers"
    return {"weights": ff_weights(rng, 3), "x": rows(rng, 1, 2, 3)}


@calls({1: ff_values}, truth=ff_values_by_hand, points=2, tolerance=T64)
def ManyTokens(rng):
    "Many tokens, single ones, large and tiny numbers, and zeros"
    return [
        {"weights": ff_weights(rng, 5), "x": rows(rng, 3, 7, 5)},
        {"weights": ff_weights(rng, 1), "x": rows(rng, 2, 4, 1)},
        {"weights": ff_weights(rng, 8), "x": 30 * rows(rng, 1, 1, 8)},
        {"weights": ff_weights(rng, 4), "x": np.zeros((2, 3, 4))},
        {"weights": ff_weights(rng, 6), "x": rows(rng, 9, 6)},
        {"weights": ff_weights(rng, 3), "x": 1e-3 * rows(rng, 2, 2, 3)},
    ]


@calls({1: ff_values}, truth=ff_values_by_hand, seeds=2, tolerance=T32)
def TokensInFloat32(rng):
    "The same in float32"
    w = {name: array.astype("float32") for name, array in ff_weights(rng, 6).items()}
    return {"weights": w, "x": rows(rng, 2, 5, 6).astype("float32")}


@probe(task=1, seeds=2, tolerance=T64n, kind="gradient", wrt=("weights", "x"))
class GradientsOfTheNetwork:
    "The gradients of the tokens and of the network's weights"

    def make(rng):
        return {
            "weights": ff_weights(rng, 3),
            "x": rows(rng, 2, 4, 3),
            "message": rng.standard_normal((2, 4, 3)),
        }

    def ask(answer, inputs):
        net = filled(answer.FeedForward(3), inputs["weights"])
        _, (dx,), grads = backward(net, inputs["x"], message=inputs["message"])
        return [{name: grads[name] for name in inputs["weights"]}, dx]

    def value(answer, inputs):
        net = filled(answer.FeedForward(3), inputs["weights"])
        return (net(torch.tensor(inputs["x"])) * torch.tensor(inputs["message"])).sum().item()

    def truth(inputs):
        w = {name: torch.tensor(array, requires_grad=True) for name, array in inputs["weights"].items()}
        x = torch.tensor(inputs["x"], requires_grad=True)
        ff_by_hand(w, x).backward(torch.tensor(inputs["message"]))
        return [{name: tensor.grad for name, tensor in w.items()}, x.grad]


# ---- the block -------------------------------------------------------------------------------------


def problem(rng, B, T, d, h, scale=1.0):
    return {"weights": weights(rng, d), "x": scale * rows(rng, B, T, d), "h": h}


@travels
def values(answer, c):
    """The block's answer in both modes, and the tensor that it was handed, afterwards."""
    block = filled(answer.Block(c["x"].shape[2], c["h"]), c["weights"])
    x = torch.tensor(c["x"])
    first = block.train()(x)
    return [first, block.eval()(x), x]


def values_by_hand(c):
    found = block_by_hand(tensors(c["weights"]), torch.tensor(c["x"]), c["h"])
    return [found, found, c["x"]]


@calls({2: values}, truth=values_by_hand, visible=True, seeds=2, tolerance=T64n)
def ThreeTokens(rng):
    "The block's answer for three tokens, two heads"
    return problem(rng, 1, 3, 4, 2)


@calls({2: values}, truth=values_by_hand, points=3, tolerance=T64n)
def ManyShapes(rng):
    "Texts of several lengths, one head and many, heads of one number, single tokens"
    sizes = [(2, 5, 6, 3), (3, 7, 8, 2), (2, 4, 5, 1), (1, 1, 6, 2)]
    sizes += [(4, 3, 3, 3), (5, 2, 12, 4), (3, 1, 2, 2)]
    return [problem(rng, *size) for size in sizes]


@calls({2: values}, truth=values_by_hand, tolerance=T64n, kind="edge")
def LargeAndLevel(rng):
    "Large numbers, tiny ones, tokens whose numbers are all equal, and the same token again and again"
    level = problem(rng, 2, 4, 6, 2)
    level["x"][:] = level["x"][:, :, :1]
    same = problem(rng, 2, 5, 4, 2)
    same["x"][:] = same["x"][:, :1]
    return [problem(rng, 2, 4, 6, 2, 100.0), problem(rng, 2, 4, 6, 3, 1e-3), level, same]


@calls({2: values}, truth=values_by_hand, seeds=2, tolerance=T32)
def InFloat32(rng):
    "The same in float32"
    c = problem(rng, 2, 6, 8, 2)
    c["weights"] = {name: array.astype("float32") for name, array in c["weights"].items()}
    return c | {"x": c["x"].astype("float32")}


@travels
def of_views(answer, c):
    """The block's answers for tensors with gaps, and for a batch in another order."""
    block = filled(answer.Block(c["x"].shape[2], c["h"]), c["weights"])
    x = torch.tensor(c["x"])
    wide = torch.stack([x, -x], dim=3).transpose(0, 1).contiguous().transpose(0, 1)
    return [block(wide[..., 0]), block(x.flip(0)), block(x[:, :1].expand(-1, 4, -1))]


def of_views_by_hand(c):
    x, t = torch.tensor(c["x"]), tensors(c["weights"])
    return [block_by_hand(t, each, c["h"]) for each in (x, x.flip(0), x[:, :1].expand(-1, 4, -1))]


@calls({2: of_views}, truth=of_views_by_hand, seeds=2, tolerance=T64n, kind="edge")
def Views(rng):
    "Tensors with gaps, stretched ones, and a batch in another order"
    return problem(rng, 3, 5, 6, 2)


@travels
def of_all_lengths(answer, c):
    """One block for texts of different length, one after the other, of more and of fewer texts."""
    block = filled(answer.Block(c["x"].shape[2], c["h"]), c["weights"])
    return [block(torch.tensor(c["x"][:B, :T])) for B, T in c["sizes"]]


def of_all_lengths_by_hand(c):
    t = tensors(c["weights"])
    return [block_by_hand(t, torch.tensor(c["x"][:B, :T]), c["h"]) for B, T in c["sizes"]]


@calls({2: of_all_lengths}, truth=of_all_lengths_by_hand, seeds=2, tolerance=T64n, kind="edge")
def OneBlockForAllLengths(rng):
    "One block for a text of one token, for longer and for shorter ones, one after the other"
    orders = [[(2, 1), (2, 3), (3, 6), (1, 4)], [(3, 2), (3, 3), (2, 1)], [(1, 5), (3, 6), (3, 2)]]
    return [problem(rng, 3, 6, 4, 2) | {"sizes": sizes} for sizes in orders]


@travels
def another_future(answer, c):
    """The first rows of the answer, with two futures; and how far they are from each other."""
    block = filled(answer.Block(c["x"].shape[2], c["h"]), c["weights"])
    x = torch.tensor(c["x"])
    y = x.clone()
    y[:, c["t"] :] = torch.tensor(c["other"])
    one, two = block(x)[:, : c["t"]], block(y)[:, : c["t"]]
    return [one, two, one - two]


def the_same_past(c):
    found = block_by_hand(tensors(c["weights"]), torch.tensor(c["x"]), c["h"])[:, : c["t"]]
    return [found, found, 0 * found]


@calls({2: another_future}, truth=the_same_past, tolerance=T64n)
def ThePastIsSafe(rng):
    "The first rows, when everything after them is another text with larger numbers"
    return [
        problem(rng, 2, 6, 4, 2) | {"t": t, "other": 20 * rng.standard_normal((2, 6 - t, 4))}
        for t in (1, 3, 5)
    ]


@probe(task=2, points=2, seeds=2, tolerance=T64n, kind="gradient", wrt=("small", "x"))
class Gradients:
    "The gradients of the tokens, of both normalisations and of all biases"

    def make(rng):
        w = weights(rng, 4)
        small = {name: w.pop(name) for name in list(w) if "ln_" in name or name.endswith("bias")}
        message = rng.standard_normal((2, 3, 4))
        return {"small": small, "large": w, "x": rows(rng, 2, 3, 4), "message": message}

    def ask(answer, inputs):
        block = filled(answer.Block(4, 2), inputs["small"] | inputs["large"])
        _, (dx,), grads = backward(block, inputs["x"], message=inputs["message"])
        return [{name: grads[name] for name in inputs["small"]}, dx]

    def value(answer, inputs):
        block = filled(answer.Block(4, 2), inputs["small"] | inputs["large"])
        return (block(torch.tensor(inputs["x"])) * torch.tensor(inputs["message"])).sum().item()


@probe(task=2, seeds=2, tolerance=T64n, kind="gradient")
class GradientsOfEveryWeight:
    "The gradient of every single weight"

    def make(rng):
        return problem(rng, 3, 5, 6, 3) | {"message": rng.standard_normal((3, 5, 6))}

    def ask(answer, inputs):
        block = filled(answer.Block(6, 3), inputs["weights"])
        return backward(block, inputs["x"], message=inputs["message"])[1:]

    def truth(inputs):
        w = {name: torch.tensor(array, requires_grad=True) for name, array in inputs["weights"].items()}
        x = torch.tensor(inputs["x"], requires_grad=True)
        block_by_hand(w, x, inputs["h"]).backward(torch.tensor(inputs["message"]))
        return [[x.grad], {name: tensor.grad for name, tensor in w.items()}]


@probe(task=2, seeds=2, tolerance=T64n)
class SavedLoadedAndCopied:
    "A block that was saved, loaded and copied, two that share nothing, and whether its parts run"

    def make(rng):
        return problem(rng, 2, 4, 6, 2) | {"other": weights(rng, 6)}

    def ask(answer, inputs):
        block, other = (filled(answer.Block(6, 2), inputs[name]) for name in ("weights", "other"))
        first = block(torch.tensor(inputs["x"]))
        trips = round_trips(block, answer.Block(6, 2), inputs["x"])
        counts = watched(block, inputs["x"])
        parts = [counts[name] > 0 for name in ("ln_1", "attn", "ln_2", "ff")]
        return [first, trips, other(torch.tensor(inputs["x"])), parts]


@travels
def says_nothing(answer, c):
    block = filled(answer.Block(c["x"].shape[2], c["h"]), c["weights"])
    found = block(torch.tensor(c["x"]))
    return [found, block(found)]


def around(c):
    return [c["x"], c["x"]]


@calls({2: says_nothing}, truth=around, veto=True, seeds=2, tolerance=T64n, kind="edge")
def PartsThatSayNothing(rng):
    "A block whose two parts say nothing returns what came in"
    c = problem(rng, 2, 3, 4, 2)
    for name in ("attn.wo.weight", "attn.wo.bias", "ff.proj.weight", "ff.proj.bias"):
        c["weights"][name] = 0 * c["weights"][name]
    return c
