"""Pieces of a text against the whole text, number by number; and what is written, by the slow way."""

import math

import numpy as np
import torch
from probing import filled

from grader.language import EXACT, T32, T64, T64n, calls, travels


def linear(rng, name, inputs, outputs):
    return {
        f"{name}.weight": rng.standard_normal((outputs, inputs)) * (1.1 / math.sqrt(inputs)),
        f"{name}.bias": 0.4 * rng.standard_normal(outputs),
    }


def norm(rng, name, d):
    """Scales that are not 1, some negative, and shifts."""
    sign = rng.choice([-1.0, 1.0, 1.0], d)
    return {f"{name}.weight": sign * rng.uniform(0.5, 1.5, d), f"{name}.bias": 0.4 * rng.standard_normal(d)}


def weights(rng, size):
    """By the names of the model, the head's table left out: `whole` puts it in."""
    vocab, places, d, _, layers = size
    found = {
        "wte.weight": rng.standard_normal((vocab, d)),
        "wpe.weight": rng.standard_normal((places, d)),
    } | norm(rng, "ln_f", d)
    for i in range(layers):
        found |= norm(rng, f"h.{i}.ln_1", d) | norm(rng, f"h.{i}.ln_2", d)
        for part in ("wq", "wk", "wv", "wo"):
            found |= linear(rng, f"h.{i}.attn.{part}", d, d)
        found |= linear(rng, f"h.{i}.ff.fc", d, 4 * d) | linear(rng, f"h.{i}.ff.proj", 4 * d, d)
    return found


def normal(t, x, name):
    centred = x - x.mean(dim=-1, keepdim=True)
    spread = (centred * centred).mean(dim=-1, keepdim=True)
    return centred / torch.sqrt(spread + 1e-5) * t[f"{name}.weight"] + t[f"{name}.bias"]


def layer(t, x, name):
    return torch.einsum("...i,oi->...o", x, t[f"{name}.weight"]) + t[f"{name}.bias"]


def looked(t, x, start, heads):
    """Causal attention, one row at a time and one head at a time."""
    q, k, v = (layer(t, x, f"{start}.attn.{part}") for part in ("wq", "wk", "wv"))
    size, rows = x.shape[2] // heads, []
    for row in range(x.shape[1]):
        pieces = []
        for head in range(heads):
            own = slice(head * size, (head + 1) * size)
            score = (k[:, : row + 1, own] * q[:, row : row + 1, own]).sum(dim=2) / math.sqrt(size)
            share = torch.exp(score - torch.logsumexp(score, dim=1, keepdim=True))
            pieces.append((share[:, :, None] * v[:, : row + 1, own]).sum(dim=1))
        rows.append(torch.cat(pieces, dim=1))
    return layer(t, torch.stack(rows, dim=1), f"{start}.attn.wo")


def by_hand(t, ids, size):
    heads, layers = size[3:]
    x = torch.stack([t["wte.weight"][row] + t["wpe.weight"][: len(row)] for row in ids])
    for i in range(layers):
        x = x + looked(t, normal(t, x, f"h.{i}.ln_1"), f"h.{i}", heads)
        z = layer(t, normal(t, x, f"h.{i}.ln_2"), f"h.{i}.ff.fc")
        z = z / 2 * (1 + torch.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3)))
        x = x + layer(t, z, f"h.{i}.ff.proj")
    return torch.einsum("btd,vd->btv", normal(t, x, "ln_f"), t["wte.weight"])


def tensors(arrays):
    return {name: torch.tensor(array) for name, array in arrays.items()}


@travels
def whole(arrays):
    return arrays | {"lm_head.weight": arrays["wte.weight"]}


# ---- attention with a past ---------------------------------------------------------------------------


@travels
class Four(torch.nn.Module):
    """Four layers under the names of multi-head attention."""

    def __init__(self, d):
        super().__init__()
        self.wq, self.wk, self.wv, self.wo = (torch.nn.Linear(d, d) for _ in range(4))


def pieces_of_rows(rng, B, d, heads, cuts, scale=1.0):
    arrays = {}
    for part in ("wq", "wk", "wv", "wo"):
        arrays |= linear(rng, part, d, d)
    return {
        "weights": arrays,
        "x": scale * rng.standard_normal((B, sum(cuts), d)),
        "heads": heads,
        "cuts": cuts,
    }


@travels
def read_rows(answer, c):
    """The answers piece by piece, and the keys and values at the end."""
    attn = filled(Four(c["x"].shape[2]), c["weights"])
    past, found = None, []
    for piece in torch.tensor(c["x"]).split(c["cuts"], dim=1):
        y, past = answer.attend(attn, c["heads"], piece, past)
        found.append(y)
    return [found, list(past)]


def rows_at_once(c):
    t = tensors({f"h.0.attn.{name}": array for name, array in c["weights"].items()})
    x, heads = torch.tensor(c["x"]), c["heads"]
    y = looked(t, x, "h.0", heads)
    kept = []
    for part in ("wk", "wv"):
        whole_rows = layer(t, x, f"h.0.attn.{part}")
        kept.append(torch.stack(whole_rows.chunk(heads, dim=2), dim=1))
    return [list(y.split(c["cuts"], dim=1)), kept]


@calls({1: read_rows}, truth=rows_at_once, visible=True, seeds=2, tolerance=T64n)
def TwoPieces(rng):
    "Five tokens in pieces of three and two"
    return pieces_of_rows(rng, 1, 4, 2, [3, 2])


@calls({1: read_rows}, truth=rows_at_once, points=3, tolerance=T64)
def ManyPieces(rng):
    "Tokens in pieces of all sizes, in batches, with one head and many"
    return [
        pieces_of_rows(rng, 2, 6, 3, [4, 3, 1, 1]),
        pieces_of_rows(rng, 3, 4, 1, [1, 5, 2]),
        pieces_of_rows(rng, 1, 8, 8, [2, 2, 2]),
        pieces_of_rows(rng, 2, 6, 2, [7]),
        pieces_of_rows(rng, 4, 2, 2, [1, 1, 1, 1]),
        pieces_of_rows(rng, 2, 6, 3, [2, 4], 12.0),
    ]


@calls({1: read_rows}, truth=rows_at_once, seeds=2, tolerance=T32)
def PiecesInFloat32(rng):
    "The same in float32"
    c = pieces_of_rows(rng, 2, 8, 2, [3, 1, 4])
    c["weights"] = {name: array.astype("float32") for name, array in c["weights"].items()}
    return c | {"x": c["x"].astype("float32")}


@travels
def two_ways_on(answer, c):
    """From one past to two continuations, the first one again at the end, and the past itself."""
    attn = filled(Four(c["x"].shape[2]), c["weights"])
    start, end = torch.tensor(c["x"]).split(c["cuts"], dim=1)
    _, past = answer.attend(attn, c["heads"], start, None)
    one, _ = answer.attend(attn, c["heads"], end, past)
    answer.attend(attn, c["heads"], -2 * end, past)
    again, _ = answer.attend(attn, c["heads"], end, past)
    return [one, again, list(past)]


def two_ways_on_at_once(c):
    first = rows_at_once(c)
    length = c["cuts"][0]
    return [first[0][1], first[0][1], [kept[:, :, :length] for kept in first[1]]]


@calls({1: two_ways_on}, truth=two_ways_on_at_once, seeds=2, tolerance=T64n)
def OnePastTwice(rng):
    "Two continuations of one and the same past"
    return pieces_of_rows(rng, 2, 6, 2, [4, 3])


# ---- GPT with a past -----------------------------------------------------------------------------------


def problem(rng, B, cuts, *size):
    """size: vocab, block, d, heads, layers."""
    size = list(size)
    ids = rng.integers(0, size[0], (B, sum(cuts)))
    return {"size": size, "weights": weights(rng, size), "ids": ids, "cuts": cuts}


@travels
def read_pieces(answer, c):
    model, cache, found = filled(answer.my_gpt(*c["size"]), whole(c["weights"])), None, []
    for piece in torch.tensor(c["ids"]).split(c["cuts"], dim=1):
        logits, cache = answer.extend(model, c["size"][3], piece, cache)
        found.append(logits)
    return found


def read_at_once(c):
    found = by_hand(tensors(c["weights"]), torch.tensor(c["ids"]), c["size"])
    return list(found.split(c["cuts"], dim=1))


@calls({2: read_pieces}, truth=read_at_once, visible=True, seeds=1, tolerance=T64n)
def FourTokens(rng):
    "Four tokens in two pieces, one block"
    return problem(rng, 1, [3, 1], 5, 6, 4, 2, 1)


@calls({2: read_pieces}, truth=read_at_once, points=3, tolerance=T64n)
def TextsInPieces(rng):
    "Texts in pieces of all sizes, through several blocks, up to the last place"
    return [
        problem(rng, 2, [4, 3, 1, 1], 11, 12, 6, 3, 2),
        problem(rng, 3, [1, 1, 4], 7, 6, 4, 1, 3),
        problem(rng, 1, [2, 5], 9, 8, 8, 4, 2),
        problem(rng, 2, [5], 5, 5, 4, 2, 2),
        problem(rng, 2, [1, 1, 1, 1, 1], 6, 9, 4, 2, 1),
    ]


@calls({2: read_pieces}, truth=read_at_once, seeds=2, tolerance=T32)
def TextsInFloat32(rng):
    "The same in float32"
    c = problem(rng, 2, [4, 2, 1], 9, 8, 8, 2, 2)
    return c | {"weights": {name: array.astype("float32") for name, array in c["weights"].items()}}


@travels
def branches(answer, c):
    """Two models side by side, and two continuations of one cache; then the first of them goes on."""
    models = [filled(answer.my_gpt(*c["size"]), whole(c[name])) for name in ("weights", "other")]
    start, end = torch.tensor(c["ids"]).split(c["cuts"], dim=1)
    heads, caches, found = c["size"][3], [], []
    for model in models:
        caches.append(answer.extend(model, heads, start, None)[1])
    first = answer.extend(models[0], heads, end.flip(1), caches[0])[1]
    for model, cache in zip(models, caches):
        found.append(answer.extend(model, heads, end, cache)[0])
    return [*found, answer.extend(models[0], heads, end[:, :2], first)[0]]


def branches_at_once(c):
    found = []
    for name in ("weights", "other"):
        logits = by_hand(tensors(c[name]), torch.tensor(c["ids"]), c["size"])
        found.append(logits[:, c["cuts"][0] :])
    start, end = torch.tensor(c["ids"]).split(c["cuts"], dim=1)
    longer = torch.cat([start, end.flip(1), end[:, :2]], dim=1)
    return [*found, by_hand(tensors(c["weights"]), longer, c["size"])[:, -2:]]


@calls({2: branches}, truth=branches_at_once, seeds=2, tolerance=T64n)
def TwoTextsAtATime(rng):
    "Two models at a time, and two continuations of one cache, one of which goes on"
    c = problem(rng, 2, [4, 3], 9, 16, 6, 2, 2)
    return c | {"other": weights(rng, c["size"])}


@travels
def no_place(answer, c):
    model = filled(answer.my_gpt(*c["size"]), whole(c["weights"]))
    cache, shapes = None, []
    for piece in torch.tensor(c["ids"]).split(c["cuts"], dim=1):
        logits, cache = answer.extend(model, c["size"][3], piece, cache)
        shapes.append(list(logits.shape))
    return shapes


@calls({2: no_place}, attempt=True, veto=True, seeds=2, tolerance=EXACT, kind="edge")
def NoPlaceLeft(rng):
    "More tokens than places, at once or in pieces, are refused"
    return [problem(rng, 1, cuts, 5, 6, 4, 2, 1) for cuts in ([4, 2], [4, 3], [7], [6, 1])]


# ---- writing ---------------------------------------------------------------------------------------------


def slow_generate(c):
    """The whole context anew for every token; it starts again with half a block when it is full."""
    t, block = tensors(c["weights"]), c["size"][1]
    text, start = torch.tensor(c["ids"]), 0
    for step in range(c["count"]):
        if step and text.shape[1] - 1 - start == block:
            start = text.shape[1] - block // 2
        logits = by_hand(t, text[:, start:], c["size"])[:, -1]
        text = torch.cat([text, logits.argmax(dim=1, keepdim=True)], dim=1)
    return text


def to_write(rng, B, T, count, *size):
    """Weights of the last normalisation that favour none of the tokens."""
    c = problem(rng, B, [T], *size)
    c["weights"]["wpe.weight"] *= 2
    return c | {"count": count}


@travels
def written(answer, c):
    model = filled(answer.my_gpt(*c["size"]), whole(c["weights"]))
    return answer.generate(model, c["size"][3], torch.tensor(c["ids"]), c["count"])


@calls({3: written}, truth=slow_generate, visible=True, seeds=1, tolerance=EXACT)
def FiveMore(rng):
    "Five tokens after a beginning of three"
    return to_write(rng, 1, 3, 5, 9, 12, 4, 2, 1)


@calls({3: written}, truth=slow_generate, points=3, tolerance=EXACT)
def ManyMore(rng):
    "Texts written from beginnings of all lengths, without running out of places"
    return [
        to_write(rng, 3, 2, 12, 23, 16, 8, 2, 2),
        to_write(rng, 2, 1, 9, 31, 10, 6, 3, 2),
        to_write(rng, 1, 7, 1, 29, 7, 4, 1, 1),
        to_write(rng, 4, 5, 6, 37, 11, 8, 4, 1),
        to_write(rng, 2, 3, 0, 9, 6, 4, 2, 1),
    ]


@calls({3: written}, truth=slow_generate, seeds=1, tolerance=EXACT, kind="edge")
def AllEqual(rng):
    "A model whose table is zero, so that all logits are"
    c = to_write(rng, 2, 3, 6, 7, 12, 4, 2, 1)
    c["weights"]["wte.weight"] *= 0
    return c


@calls({3: written}, truth=slow_generate, points=2, tolerance=EXACT, kind="edge")
def PastTheLastPlace(rng):
    "Texts that are longer than there are places, odd and even numbers of them"
    return [
        to_write(rng, 2, 3, 20, 23, 7, 8, 2, 1),
        to_write(rng, 2, 6, 15, 29, 6, 6, 3, 2),
        to_write(rng, 1, 2, 9, 31, 2, 4, 2, 1),
        to_write(rng, 3, 1, 14, 19, 5, 4, 1, 1),
    ]


@travels
def rows_read(answer, c):
    """Whether no more tokens went through the first block's network than need to."""
    model, rows = filled(answer.my_gpt(*c["size"]), whole(c["weights"])), []
    model.h[0].ff.register_forward_hook(lambda part, given, out: rows.append(out.shape[1]))
    answer.generate(model, c["size"][3], torch.tensor(c["ids"]), c["count"])
    return sum(rows) <= c["ids"].shape[1] + c["count"]


def few(c):
    return True


@calls({3: rows_read}, truth=few, veto=True, seeds=2, tolerance=EXACT)
def EveryTokenOnce(rng):
    "Every token goes through the model once"
    return to_write(rng, 1, 4, 20, 9, 30, 4, 2, 2)
