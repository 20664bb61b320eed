"""The model's values and gradients from given weights, against the same in other words; and GPT-2's names."""

import math

import numpy as np
import torch
from probing import backward, filled, round_trips, state, watched

from grader.language import EXACT, T32, T64n, calls, probe, travels


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


def tensors(arrays, requires_grad=False):
    return {name: torch.tensor(array, requires_grad=requires_grad) for name, array in arrays.items()}


@travels
def whole(arrays):
    return arrays | {"lm_head.weight": arrays["wte.weight"]}


@travels
def made(answer, size):
    """A GPT of this size: vocab, block, d, heads, layers."""
    return answer.GPT(answer.Config(*size))


# ---- the model -------------------------------------------------------------------------------------


def problem(rng, B, T, vocab, places, d, heads, layers):
    size = [vocab, places, d, heads, layers]
    return {"size": size, "weights": weights(rng, size), "ids": rng.integers(0, vocab, (B, T))}


@travels
def logits(answer, c):
    """In both modes."""
    model = filled(made(answer, c["size"]), whole(c["weights"]))
    ids = torch.tensor(c["ids"])
    return [model.train()(ids), model.eval()(ids)]


def logits_by_hand(c):
    found = by_hand(tensors(c["weights"]), torch.tensor(c["ids"]), c["size"])
    return [found, found]


@calls({1: logits}, truth=logits_by_hand, visible=True, seeds=2, tolerance=T64n)
def OneText(rng):
    "The logits of one text of three tokens, one block"
    return problem(rng, 1, 3, 5, 4, 4, 2, 1)


@calls({1: logits}, truth=logits_by_hand, points=3, tolerance=T64n)
def ManySizes(rng):
    "Models of all sizes; texts that fill all places, and single tokens"
    sizes = (
        (2, 5, 11, 7, 6, 3, 2),
        (3, 7, 5, 7, 4, 1, 3),
        (1, 1, 13, 6, 8, 2, 1),
        (4, 2, 3, 9, 6, 6, 2),
        (2, 6, 17, 6, 2, 2, 1),
        (3, 4, 6, 8, 5, 1, 0),
    )
    return [problem(rng, *size) for size in sizes]


@calls({1: logits}, truth=logits_by_hand, seeds=2, tolerance=T64n, kind="edge")
def SameTokens(rng):
    "Texts of one token again and again, two texts that are alike, and the first and the last token"
    c = problem(rng, 4, 5, 9, 8, 6, 2, 2)
    c["ids"][0] = c["ids"][0, 0]
    c["ids"][1] = c["ids"][2]
    c["ids"][3] = [0, 8, 0, 8, 8]
    return c


@calls({1: logits}, truth=logits_by_hand, seeds=2, tolerance=T32)
def InFloat32(rng):
    "The same in float32"
    c = problem(rng, 2, 6, 12, 8, 8, 2, 2)
    return c | {"weights": {name: array.astype("float32") for name, array in c["weights"].items()}}


@probe(task=1, points=2, seeds=2, tolerance=T64n, kind="gradient", wrt=("small",))
class Gradients:
    "The gradients of both tables, of the last normalisation, and of the blocks' biases"

    def make(rng):
        c = problem(rng, 2, 3, 5, 4, 4, 2, 1)
        w = c.pop("weights")
        small = {name: w.pop(name) for name in list(w) if not (name.startswith("h.") and w[name].ndim == 2)}
        return c | {"small": small, "large": w, "message": rng.standard_normal((2, 3, 5))}

    def ask(answer, inputs):
        model = filled(made(answer, inputs["size"]), whole(inputs["small"] | inputs["large"]))
        grads = backward(model, inputs["ids"], message=inputs["message"])[2]
        table = grads.get("wte.weight", grads.get("lm_head.weight"))
        grads = grads | {"wte.weight": table}
        return [{name: grads[name] for name in inputs["small"]}]

    def value(answer, inputs):
        model = filled(made(answer, inputs["size"]), whole(inputs["small"] | inputs["large"]))
        return (model(torch.tensor(inputs["ids"])) * torch.tensor(inputs["message"])).sum().item()


@probe(task=1, seeds=2, tolerance=T64n, kind="gradient")
class GradientsOfEveryWeight:
    "The gradient of every single weight, and how many parameters there are"

    def make(rng):
        return problem(rng, 3, 5, 7, 6, 6, 3, 2) | {"message": rng.standard_normal((3, 5, 7))}

    def ask(answer, inputs):
        model = filled(made(answer, inputs["size"]), whole(inputs["weights"]))
        grads = backward(model, inputs["ids"], message=inputs["message"])[2]
        count = sum(parameter.numel() for parameter in model.parameters())
        if "wte.weight" not in grads and "lm_head.weight" in grads:
            grads["wte.weight"] = grads.pop("lm_head.weight")
        return [grads, count]

    def truth(inputs):
        w = tensors(inputs["weights"], requires_grad=True)
        by_hand(w, torch.tensor(inputs["ids"]), inputs["size"]).backward(torch.tensor(inputs["message"]))
        grads = {name: tensor.grad for name, tensor in w.items()}
        grads["wpe.weight"] = grads["wpe.weight"]
        return [grads, sum(array.size for array in inputs["weights"].values())]


@travels
def after_a_step(answer, c):
    """The logits before and after one step of plain gradient descent on the mean of the squares."""
    model = filled(made(answer, c["size"]), whole(c["weights"]))
    ids = torch.tensor(c["ids"])
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    first = model(ids)
    first.square().mean().backward()
    optimizer.step()
    held = state(model)
    return [first, model(ids), held["wte.weight"], held["lm_head.weight"]]


def after_a_step_by_hand(c):
    w, ids = tensors(c["weights"], requires_grad=True), torch.tensor(c["ids"])
    first = by_hand(w, ids, c["size"])
    first.square().mean().backward()
    stepped = {name: (tensor - 0.05 * tensor.grad).detach() for name, tensor in w.items()}
    table = stepped["wte.weight"]
    return [first.detach(), by_hand(stepped, ids, c["size"]), table, table]


@calls({1: after_a_step}, truth=after_a_step_by_hand, points=2, seeds=2, tolerance=T64n)
def OneStepOfTraining(rng):
    "The logits before and after a step of training, and the table at both ends"
    return problem(rng, 2, 4, 6, 4, 4, 2, 2)


@travels
def another_future(answer, c):
    """The first rows with two futures and beside other texts, and how far they are from each other."""
    model = filled(made(answer, c["size"]), whole(c["weights"]))
    ids, t = torch.tensor(c["ids"]), c["t"]
    other = (ids + 1) % c["size"][0]
    future = torch.cat([ids[:, :t], other[:, t:]], dim=1)
    beside = torch.cat([ids[:1], other[1:]])
    one = model(ids)
    return [one[:, :t] - model(future)[:, :t], one[:1] - model(beside)[:1], one[:, :t], model(ids[:, :t])]


def the_same_past(c):
    found = by_hand(tensors(c["weights"]), torch.tensor(c["ids"]), c["size"])
    past = found[:, : c["t"]]
    return [0 * past, 0 * found[:1], past, past]


@calls({1: another_future}, truth=the_same_past, tolerance=T64n)
def PastAndNeighbours(rng):
    "The first rows, with another future, beside other texts, and on their own"
    return [problem(rng, 3, 6, 9, 8, 6, 2, 2) | {"t": t} for t in (1, 4)]


@probe(task=1, seeds=2, tolerance=T64n)
class SavedLoadedAndCopied:
    "A model that was saved, loaded and copied, two that share nothing, and how often the parts run"

    def make(rng):
        c = problem(rng, 2, 4, 7, 5, 4, 2, 3)
        return c | {"other": weights(rng, c["size"])}

    def ask(answer, inputs):
        model, other = (
            filled(made(answer, inputs["size"]), whole(inputs[name])) for name in ("weights", "other")
        )
        first = model(torch.tensor(inputs["ids"]))
        trips = round_trips(model, made(answer, inputs["size"]), inputs["ids"])
        counts = watched(model, inputs["ids"])
        parts = [counts[name] for name in ("h.0", "h.1", "h.2", "ln_f")]
        return [first, trips, other(torch.tensor(inputs["ids"])), parts]


@travels
def of_all_lengths(answer, c):
    """One model for texts of different length, one after the other; and what was handed over, afterwards."""
    model, found, afterwards = filled(made(answer, c["size"]), whole(c["weights"])), [], []
    for B, T in c["cuts"]:
        ids = torch.tensor(c["ids"][:B, :T])
        found.append(model(ids))
        afterwards.append(ids)
    return {"logits": found, "ids": afterwards}


def of_all_lengths_by_hand(c):
    t, pieces = tensors(c["weights"]), [c["ids"][:B, :T] for B, T in c["cuts"]]
    return {"logits": [by_hand(t, torch.tensor(ids), c["size"]) for ids in pieces], "ids": pieces}


@calls({1: of_all_lengths}, truth=of_all_lengths_by_hand, seeds=2, tolerance=T64n, kind="edge")
def OneModelForAllLengths(rng):
    "One model for a text of one token, for longer and for shorter ones, one after the other"
    orders = [[(2, 1), (2, 3), (3, 6), (1, 4)], [(3, 2), (3, 3), (2, 1)], [(1, 5), (3, 6), (3, 2)]]
    return [problem(rng, 3, 6, 7, 6, 4, 2, 1) | {"cuts": cuts} for cuts in orders]


@travels
def refused(answer, c):
    model = made(answer, c["size"])
    return list(model(torch.tensor(c["ids"])).shape)


@calls({1: refused}, attempt=True, veto=True, seeds=2, tolerance=EXACT, kind="edge")
def TooLong(rng):
    "A text longer than there are places is refused, one that fills them is not"
    places = int(rng.integers(2, 7))
    return [
        {"size": [5, places, 4, 2, 1], "ids": rng.integers(0, 5, (2, T))}
        for T in (places, places + 1, places + 9)
    ]


@travels
def counted_parameters(answer, c):
    return [sum(p.numel() for p in made(answer, size).parameters()) for size in c["sizes"]]


def formula(c):
    return [
        vocab * d + places * d + layers * (12 * d * d + 13 * d) + 2 * d
        for vocab, places, d, _, layers in c["sizes"]
    ]


@calls({1: counted_parameters}, truth=formula, veto=True, seeds=2, tolerance=EXACT)
def HowManyParameters(rng):
    "How many parameters models of several sizes have"
    sizes = [[103, 64, 64, 4, 2]]
    for n in (1, 3):
        sizes.append([int(rng.integers(3, 99)), int(rng.integers(3, 30)), 4 * int(rng.integers(1, 6)), 2, n])
    return {"sizes": sizes}


# ---- GPT-2's names -----------------------------------------------------------------------------------


@travels
def theirs(arrays, layers, prefix=""):
    """A dictionary of the model's arrays under the names of GPT-2, as tensors of their own."""
    found, rest = {}, dict(arrays)
    for i in range(layers):
        start = f"h.{i}"
        for kind in ("weight", "bias"):
            thirds = [rest.pop(f"{start}.attn.{part}.{kind}") for part in ("wq", "wk", "wv")]
            found[f"{start}.attn.c_attn.{kind}"] = np.concatenate(thirds).T
            for own, name in (("attn.wo", "attn.c_proj"), ("ff.fc", "mlp.c_fc"), ("ff.proj", "mlp.c_proj")):
                found[f"{start}.{name}.{kind}"] = rest.pop(f"{start}.{own}.{kind}").T
    names = found | rest
    return {f"{prefix}{name}": torch.tensor(np.ascontiguousarray(names[name])) for name in sorted(names)}


@travels
def loaded(answer, c):
    """A fresh model with the weights: its state and its logits, after their tensors changed."""
    model = made(answer, c["size"]).to(torch.float32 if c["single"] else torch.float64)
    before = [id(parameter) for parameter in model.parameters()]
    given = theirs(c["weights"], c["size"][4], c["prefix"])
    if c["extra"]:
        head = {"lm_head.weight": given[f"{c['prefix']}wte.weight"] + 1}
        given = head | given if c["extra"] == "first" else given | head
        for i in range(c["size"][4]):
            given[f"{c['prefix']}h.{i}.attn.bias"] = torch.ones(1, 1, 4, 4).tril()
            given[f"{c['prefix']}h.{i}.attn.masked_bias"] = torch.tensor(-10000.0)
    copies = {name: tensor.clone() for name, tensor in given.items()}
    result = answer.load_gpt2(model, given)
    same = all(torch.equal(given[name], copies[name]) for name in copies)
    for tensor in given.values():
        tensor.zero_()
    kept = [id(parameter) for parameter in model.parameters()] == before
    held = state(model)
    with torch.no_grad():
        model.wte.weight.mul_(2)
    tied = state(model)["lm_head.weight"]
    return [held, tied, model(torch.tensor(c["ids"])).detach(), [same, kept, result is None]]


def loaded_by_hand(c):
    kind = np.float32 if c["single"] else np.float64
    held = {name: array.astype(kind) for name, array in whole(c["weights"]).items()}
    t = tensors({name: array for name, array in held.items()})
    t["wte.weight"] = t["wte.weight"] * 2
    return [held, 2 * held["wte.weight"], by_hand(t, torch.tensor(c["ids"]), c["size"]), [True, True, True]]


def to_load(rng, *size, prefix="", extra="", single=False):
    """extra: where the head stands among the names, "first" or "last", with the masks of older files."""
    return problem(rng, *size) | {"prefix": prefix, "extra": extra, "single": single}


@calls({2: loaded}, truth=loaded_by_hand, visible=True, seeds=1, tolerance=T64n)
def LoadOneLayer(rng):
    "A model of one layer, loaded"
    return to_load(rng, 1, 3, 5, 4, 2, 1, 1)


@calls({2: loaded}, truth=loaded_by_hand, points=3, seeds=2, tolerance=T64n)
def LoadManySizes(rng):
    "Models of several layers, with and without prefix, with the names that are passed over"
    return [
        to_load(rng, 2, 4, 7, 5, 6, 3, 2),
        to_load(rng, 2, 3, 5, 4, 4, 2, 3, prefix="transformer."),
        to_load(rng, 1, 4, 9, 4, 4, 1, 2, extra="first"),
        to_load(rng, 1, 2, 4, 3, 2, 2, 11, prefix="transformer.", extra="last"),
    ]


@calls({2: loaded}, truth=loaded_by_hand, seeds=1, tolerance=T64n, kind="edge")
def TheHeadComesFirst(rng):
    "A model whose first name is that of the head, which has no prefix where all others have one"
    return to_load(rng, 2, 3, 6, 4, 4, 2, 2, prefix="transformer.", extra="first")


@calls({2: loaded}, truth=loaded_by_hand, seeds=2, tolerance=T32)
def LoadIntoFloat32(rng):
    "Weights of float64 into a model of float32"
    return to_load(rng, 2, 4, 6, 5, 4, 2, 2, single=True, extra="last")


@travels
def what_is_wrong(c):
    name = f"{c['prefix']}{c['name']}"
    known = {"missing": "a name is missing", "more": "a layer too many", "shape": "a shape", "unknown": name}
    return known[c["how"]] if isinstance(c["how"], str) else f"{name} of the shape {c['how']}"


@travels
def not_loaded(answer, c):
    """Whether a ValueError comes for a name too few, too many, or another shape."""
    given = theirs(c["weights"], c["size"][4], c["prefix"])
    name = sorted(given)[c["which"] % len(given)]
    if c["how"] == "missing":
        del given[name]
    elif c["how"] == "more":
        given[f"{c['prefix']}h.{c['size'][4]}.ln_1.weight"] = torch.ones(c["size"][2]).double()
    elif c["how"] == "unknown":
        given[f"{c['prefix']}{c['name']}"] = torch.ones(c["size"][2]).double()
    elif c["how"] == "shape":
        given[name] = torch.ones([n + 3 for n in given[name].shape]).double()
    else:
        name = f"{c['prefix']}{c['name']}"
        given[name] = torch.ones(c["how"]).double()
    try:
        answer.load_gpt2(made(answer, c["size"]).double(), given)
    except Exception as error:
        return {what_is_wrong(c): "ValueError" if isinstance(error, ValueError) else type(error).__name__}
    return {what_is_wrong(c): "no error"}


def value_error(c):
    return {what_is_wrong(c): "ValueError"}


@calls({2: not_loaded}, truth=value_error, veto=True, seeds=2, tolerance=EXACT, kind="edge")
def DoesNotFit(rng):
    "A name that is missing, one too many, one that nobody knows, and a shape that does not fit"
    return [
        to_load(rng, 1, 2, 5, 4, 4, 2, 2, prefix=prefix)
        | {"how": how, "which": int(rng.integers(100)), "name": "h.0.attn.rotary"}
        for how in ("missing", "more", "unknown", "shape")
        for prefix in ("", "transformer.")
    ]


@calls({2: not_loaded}, truth=value_error, veto=True, seeds=1, tolerance=EXACT, kind="edge")
def NobodyKnowsTheName(rng):
    "Names that are nearly one of the table, or nearly one that is passed over"
    names = (
        "h.0.mlp.bias",
        "h.1.bias",
        "h.0.attn.rotary.bias",
        "wte.bias",
        "h.0.attn.bias_k",
        "ln.bias",
        "transformer.ln_f.bias",
        "former.ln_f.bias",
        "h.0.transformer.ln_1.bias",
        "h.-1.ln_1.weight",
        "h.01.ln_2.bias",
        "h.0.cross_attn.bias",
        "h.1.cross_attn.masked_bias",
        "h.0.attn.wo.bias",
        "h.1.attn.wq.bias",
        "h.0.ff.proj.bias",
        "lm_head.bias",
    )
    made = [
        to_load(rng, 1, 2, 5, 4, 4, 2, 2) | {"how": "unknown", "which": 0, "name": name} for name in names
    ]
    made[0]["prefix"] = made[3]["prefix"] = made[6]["prefix"] = "transformer."
    return made


@calls({2: not_loaded}, truth=value_error, veto=True, seeds=1, tolerance=EXACT, kind="edge")
def NearlyTheShape(rng):
    "Shapes that could be stretched, or that hold as many numbers"
    shapes = [
        ("wte.weight", [1, 4]),
        ("wte.weight", [4, 5]),
        ("wpe.weight", [1]),
        ("wpe.weight", [1, 3, 4]),
        ("ln_f.weight", [1]),
        ("ln_f.bias", [2, 2]),
        ("h.1.ln_1.bias", [1, 4]),
        ("h.0.ln_2.weight", [1]),
        ("h.0.attn.c_proj.weight", [1, 4]),
        ("h.1.attn.c_proj.weight", [2, 8]),
        ("h.0.attn.c_attn.weight", [1, 12]),
        ("h.1.attn.c_attn.weight", [8, 6]),
        ("h.0.mlp.c_fc.weight", [16, 4]),
        ("h.1.mlp.c_proj.weight", [4, 16]),
        ("h.0.mlp.c_fc.bias", [1]),
        ("h.1.mlp.c_fc.weight", [4, 1]),
    ]
    return [
        to_load(rng, 1, 2, 5, 3, 4, 2, 2) | {"how": shape, "which": 0, "name": name} for name, shape in shapes
    ]
