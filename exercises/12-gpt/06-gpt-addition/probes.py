"""Tokens by way of text, steps by their formulas, models that make mistakes, an exam for a trained GPT."""

import math

import numpy as np
import torch
from probing import filled, keep, kept, state

from grader.language import EXACT, T32, T64n, Tolerance, band, calls, probe, travels


@travels
def numbers(c):
    return torch.tensor(c["a"]), torch.tensor(c["b"]), c["n"]


def written(a, b, n):
    """One sum as tokens, by way of text."""
    text = f"{a:0{n}}+{b:0{n}}=" + f"{a + b:0{n + 1}}"[::-1]
    return ["0123456789+=".index(sign) for sign in text]


def some_sums(rng, n, B):
    return {"a": rng.integers(0, 10**n, B), "b": rng.integers(0, 10**n, B), "n": n}


def strings(c):
    return torch.tensor([written(int(a), int(b), c["n"]) for a, b in zip(c["a"], c["b"], strict=True)])


@travels
def both(answer, c):
    x, y = answer.make_batch(*numbers(c))
    return {"tokens": answer.encode(*numbers(c)), "x": x, "y": y}


def both_by_hand(c):
    tokens = strings(c)
    question = torch.full((len(tokens), 2 * c["n"] + 1), -100)
    return {"tokens": tokens, "x": tokens[:, :-1], "y": torch.cat([question, tokens[:, 2 * c["n"] + 2 :]], 1)}


@calls({1: both}, truth=both_by_hand, visible=True, seeds=1, tolerance=EXACT)
def ThreeSums(rng):
    "three sums as tokens and as a batch: 7 + 5, 38 + 84 and 95 + 2"
    return {"a": np.array([7, 38, 95]), "b": np.array([5, 84, 2]), "n": 2}


@calls({1: both}, truth=both_by_hand, points=3, tolerance=EXACT)
def ManySums(rng):
    "sums of numbers with one to nine digits as tokens and as batches"
    return [some_sums(rng, n, B) for n, B in ((2, 9), (1, 6), (3, 7), (5, 4), (2, 1), (9, 5))]


@calls({1: both}, truth=both_by_hand, kind="edge", seeds=2, tolerance=EXACT, veto=True)
def ZerosAndNines(rng):
    "sums with leading zeros, with nothing but zeros, and with a carry through every digit"
    top = 10**3 - 1
    return [
        {"a": np.array([0, 9, 0, 99, 10, 1]), "b": np.array([0, 91, 5, 99, 90, 99]), "n": 2},
        {"a": np.array([top, 0, 1, 100, 5]), "b": np.array([1, 0, top, 900, 5]), "n": 3},
        {"a": np.array([0, 9, 5]), "b": np.array([0, 9, 5]), "n": 1},
    ]


def loss_by_hand(logits, y):
    """The mean over the places that count."""
    right = torch.gather(logits, -1, y.clamp(min=0)[..., None])[..., 0]
    counts = (y != -100).to(logits.dtype)
    return ((torch.logsumexp(logits, dim=-1) - right) * counts).sum() / counts.sum()


@travels
def loss_and_gradient(answer, c):
    logits = torch.tensor(c["logits"], requires_grad=True)
    loss = answer.answer_loss(logits, torch.tensor(c["y"]))
    (slope,) = torch.autograd.grad(loss * c["message"], logits)
    return [loss, slope]


def loss_and_gradient_by_hand(c):
    """The gradient of a cross-entropy is probability minus target, shared out over the places that count."""
    logits, y = torch.tensor(c["logits"]), torch.tensor(c["y"])
    counts = y != -100
    p = torch.exp(logits - torch.logsumexp(logits, dim=-1, keepdim=True))
    target = torch.nn.functional.one_hot(y.clamp(min=0), logits.shape[-1])
    slope = (p - target) * counts[..., None] / counts.sum() * c["message"]
    return [loss_by_hand(logits, y), slope.to(logits.dtype)]


def places(rng, B, T, V, start, spread=2.0):
    """The last T - start places of each row count."""
    y = rng.integers(0, V, (B, T))
    y[:, :start] = -100
    message = float(rng.uniform(0.5, 2))
    return {"logits": spread * rng.standard_normal((B, T, V)), "y": y, "message": message}


def scattered(rng, B, T, V):
    """A different number of places in each row counts, in one row none does."""
    c = places(rng, B, T, V, 0)
    c["y"][rng.random((B, T)) < 0.5] = -100
    c["y"][0], c["y"][-1, -1] = -100, 1
    return c


@calls({2: loss_and_gradient}, truth=loss_and_gradient_by_hand, visible=True, seeds=2, tolerance=T64n)
def TwoPlacesOfFive(rng):
    "the loss of one row where two places of five count, and its gradient"
    return places(rng, 1, 5, 3, 3)


@calls({2: loss_and_gradient}, truth=loss_and_gradient_by_hand, points=2, tolerance=T64n)
def LossOfMany(rng):
    "the loss of batches and its gradients: places that count at the end, anywhere, everywhere; large logits"
    return [
        places(rng, 4, 8, 12, 5),
        scattered(rng, 5, 7, 12),
        places(rng, 3, 4, 6, 0),
        places(rng, 2, 6, 5, 5),
        places(rng, 3, 5, 7, 3, spread=400.0),
    ]


@calls({2: loss_and_gradient}, truth=loss_and_gradient_by_hand, seeds=2, tolerance=T32)
def LossInFloat32(rng):
    "the same in float32"
    c = scattered(rng, 4, 6, 9)
    return c | {"logits": c["logits"].astype("float32")}


@probe(task=2, seeds=2, tolerance=T64n, kind="gradient", wrt=("logits",))
class SlopeOfTheLoss:
    "the gradient of the loss, place by place"

    def make(rng):
        return scattered(rng, 3, 4, 5)

    def ask(answer, inputs):
        return loss_and_gradient(answer, inputs)[1]

    def value(answer, inputs):
        logits = torch.tensor(inputs["logits"])
        return float(answer.answer_loss(logits, torch.tensor(inputs["y"]))) * inputs["message"]

    def truth(inputs):
        return loss_and_gradient_by_hand(inputs)[1]


LEARNED = ("table", "place", "head", "bias")


@travels
class Blend(torch.nn.Module):
    """Each place hears the mean of all tokens up to it. While training it hears something else, too."""

    def __init__(self, w):
        super().__init__()
        for name in LEARNED:
            self.register_parameter(name, torch.nn.Parameter(torch.tensor(w[name])))
        self.register_buffer("drift", torch.tensor(w["drift"]))
        self.part = torch.nn.Identity()  # so that its mode can be asked
        self.asked = []

    def forward(self, ids):
        T = ids.shape[1]
        if T > len(self.place):
            raise ValueError(f"{T} tokens, but only {len(self.place)} places")
        self.asked.append([T, self.training, torch.is_grad_enabled()])
        count = torch.arange(1, T + 1, dtype=self.table.dtype)[:, None]
        x = torch.tanh((self.table[ids].cumsum(dim=1) / count + self.place[:T]) * 1.5)
        return (x + self.drift if self.training else x) @ self.head + self.bias


def blend_weights(rng, n, d=7, spread=2.0):
    return {
        "table": 1.5 * rng.standard_normal((12, d)),
        "place": rng.standard_normal((3 * n + 2, d)),
        "head": spread * rng.standard_normal((d, 12)),
        "bias": 0.5 * rng.standard_normal(12) - np.where(np.arange(12) < 10, 0.0, 2.5),
        "drift": 2 * rng.standard_normal(d),
    }


def blend_logits(w, ids, training):
    rows = []
    for t in range(ids.shape[1]):
        heard = sum(w["table"][ids[:, s]] for s in range(t + 1)) / (t + 1) + w["place"][t]
        x = torch.tanh(1.5 * heard)
        rows.append((x + w["drift"] if training else x) @ w["head"] + w["bias"])
    return torch.stack(rows, dim=1)


@travels
class Careless(torch.nn.Module):
    """Adds as one does on paper, with two bad habits. It tells a carry from the digit that it wrote before:
    smaller than the first number's digit means that one is carried. And for two equal last digits it writes
    `slip` more."""

    def __init__(self, n, slip):
        super().__init__()
        self.n, self.slip = n, slip
        self.scale = torch.nn.Parameter(torch.tensor(5.0))

    def forward(self, ids):
        n, digits = self.n, torch.zeros_like(ids)
        for place, t in enumerate(range(2 * n + 1, ids.shape[1])):
            here = ids[:, n - 1 - place] + ids[:, 2 * n - place] if place < n else 0
            more = ids[:, t] < ids[:, n - place] if place else self.slip * (ids[:, n - 1] == ids[:, 2 * n])
            digits[:, t] = (here + more) % 10
        return self.scale * torch.nn.functional.one_hot(digits, 12)


def careless_sum(a, b, n, slip):
    """What Careless writes, worked out with numbers."""
    found = before = digit = 0
    for place in range(n + 1):
        one, two = a // 10**place % 10, b // 10**place % 10
        more = digit < before if place else slip * (one == two)
        digit, before = (one + two + more) % 10, one
        found += digit * 10**place
    return found


@travels
def two_groups(model, momentum):
    names = dict(model.named_parameters())
    groups = [{"params": [names["table"], names["place"]]}, {"params": [names["head"], names["bias"]]}]
    return torch.optim.SGD(groups, lr=7.0, momentum=momentum)


@travels
def steps(answer, c):
    """Steps after somebody left gradients behind and evaluation mode on; and every number afterwards."""
    model = Blend(c["w"]).eval()
    optimizer = two_groups(model, c["momentum"])
    for parameter in model.parameters():
        parameter.grad = torch.full_like(parameter, 3.0)
    batches = [map(torch.tensor, pair) for pair in c["batches"]]
    losses = [answer.train_step(model, optimizer, *pair, lr) for pair, lr in zip(batches, c["lrs"])]
    return [losses, state(model), model.training]


def walk_by_hand(c):
    """After each step: its loss, and every number."""
    w = {name: torch.tensor(array, requires_grad=name in LEARNED) for name, array in c["w"].items()}
    speed = {name: torch.zeros_like(w[name]) for name in LEARNED}
    for (x, y), lr in zip(c["batches"], c["lrs"], strict=True):
        loss = loss_by_hand(blend_logits(w, torch.tensor(x), True), torch.tensor(y))
        slopes = torch.autograd.grad(loss, [w[name] for name in LEARNED])
        with torch.no_grad():
            for name, slope in zip(LEARNED, slopes, strict=True):
                speed[name] = c["momentum"] * speed[name] + slope
                w[name] -= lr * speed[name]
        yield float(loss.detach()), {name: tensor.detach().clone() for name, tensor in w.items()}


def steps_by_hand(c):
    losses, held = zip(*walk_by_hand(c), strict=True)
    return [list(losses), held[-1], True]


def as_batch(c):
    made = both_by_hand(c)
    return [made["x"].numpy(), made["y"].numpy()]


def step_problem(rng, n, count, B, momentum=0.8):
    made = [as_batch(some_sums(rng, n, B)) for _ in range(count)]
    rates = [float(lr) for lr in rng.uniform(0.05, 0.4, count)]
    return {"w": blend_weights(rng, n), "batches": made, "lrs": rates, "momentum": momentum}


@calls({2: steps}, truth=steps_by_hand, visible=True, seeds=1, tolerance=T64n)
def TwoSteps(rng):
    "two steps of a small model: the losses, and every number afterwards"
    return step_problem(rng, 1, 2, 2)


@calls({2: steps}, truth=steps_by_hand, points=3, tolerance=T64n)
def FiveSteps(rng):
    "five steps with a rate of their own each, in batches of several sizes"
    return [
        step_problem(rng, 2, 5, 4),
        step_problem(rng, 1, 5, 1, momentum=0.0),
        step_problem(rng, 3, 4, 3),
    ]


@travels
def modes_and_sums(answer, c):
    """In both modes: the sums, what the model was asked for, and its mode afterwards."""
    model, found = Blend(c["w"]), []
    for mode in (True, False):
        model.train(mode)
        model.asked.clear()
        got = answer.solve(model, *numbers(c))
        modes = all(not training for _, training, _ in model.asked)
        parts = {part.training for part in model.modules()}
        mode = "parts in both modes" if len(parts) > 1 else "training" if parts == {True} else "evaluation"
        found.append([got, modes, any(recorded for _, _, recorded in model.asked), mode])
    return [found, state(model)]


def blend_sums(w, a, b, n):
    """All sums, one digit after the other; what was written is read as text."""
    tokens = strings({"a": a, "b": b, "n": n})[:, : 2 * n + 2]
    for _ in range(n + 1):
        scores = blend_logits(w, tokens, False)[:, -1].tolist()
        best = torch.tensor([[row.index(max(row))] for row in scores])
        tokens = torch.cat([tokens, best], dim=1)
    found = []
    for digits in tokens[:, 2 * n + 2 :].tolist():
        text = "".join("0123456789+="[digit] for digit in reversed(digits))
        found.append(int(text) if text.isdecimal() else -1)
    return found


def modes_and_sums_by_hand(c):
    w = {name: torch.tensor(array) for name, array in c["w"].items()}
    got = torch.tensor(blend_sums(w, c["a"], c["b"], c["n"]))
    return [[[got, True, False, mode] for mode in ("training", "evaluation")], w]


def blend_problem(rng, n, B):
    return some_sums(rng, n, B) | {"w": blend_weights(rng, n)}


@calls({3: modes_and_sums}, truth=modes_and_sums_by_hand, points=2, tolerance=EXACT)
def StrangeModels(rng):
    "what models write that know nothing of sums, in both modes; some of their tokens are no digits"
    return [blend_problem(rng, n, B) for n, B in ((2, 40), (1, 30), (3, 30), (2, 1))]


@calls({3: modes_and_sums}, truth=modes_and_sums_by_hand, kind="edge", seeds=2, tolerance=EXACT)
def AllTheSame(rng):
    "a model to which several tokens are equally likely, and one that writes signs only"
    made = []
    for bias in (np.eye(12)[3] + np.eye(12)[8], np.eye(12)[10], np.zeros(12)):
        c = blend_problem(rng, 2, 3)
        c["w"] |= {"head": np.zeros_like(c["w"]["head"]), "bias": bias}
        made.append(c)
    return made


@travels
def exams(answer, c):
    model, pairs = Careless(c["n"], c["slip"]), torch.tensor(c["pairs"])
    share, wrong = answer.examine(model, pairs, c["n"])
    return {"sums": answer.solve(model, pairs[:, 0], pairs[:, 1], c["n"]), "share": share, "wrong": wrong}


def exams_by_hand(c):
    sums = [careless_sum(a, b, c["n"], c["slip"]) for a, b in c["pairs"].tolist()]
    both = zip(c["pairs"].tolist(), sums, strict=True)
    wrong = [[a, b, got] for (a, b), got in both if got != a + b]
    share = 1 - len(wrong) / len(sums)
    return {"sums": torch.tensor(sums), "share": share, "wrong": torch.tensor(wrong).long().reshape(-1, 3)}


def some_pairs(rng, n, count, slip):
    return {"pairs": rng.integers(0, 10**n, (count, 2)), "n": n, "slip": slip}


@calls({3: exams}, truth=exams_by_hand, visible=True, seeds=1, tolerance=T64n)
def AnExamOfFour(rng):
    "a model that adds, but writes 1 too much for equal last digits: 21 + 13, 35 + 25, 48 + 77, 66 + 16"
    return {"pairs": np.array([[21, 13], [35, 25], [48, 77], [66, 16]]), "n": 2, "slip": 1}


@calls({3: exams}, truth=exams_by_hand, points=3, tolerance=T64n)
def Exams(rng):
    "models that add and make mistakes of their own, one that makes none, and one that is always wrong"
    last = rng.integers(0, 4, (25, 2)) * 10 + np.array([1, 2])
    return [
        some_pairs(rng, 2, 70, 4),
        some_pairs(rng, 1, 60, 1),
        some_pairs(rng, 3, 50, 9),
        some_pairs(rng, 9, 20, 3),
        {"pairs": last, "n": 2, "slip": 5},
        {"pairs": np.array([[3, 3]]), "n": 1, "slip": 2},
        {"pairs": np.array([[19, 91], [1, 99], [90, 19], [99, 1]]), "n": 2, "slip": 0},
    ]


@travels
def parts(answer, c):
    return answer.split(torch.tensor(c["pairs"]), c["count"])


def parts_by_hand(c):
    """By comparing every row with every one of the first."""
    pairs, first = c["pairs"], c["pairs"][: c["count"]]
    same = (pairs[:, None] == first[None]).all(axis=2) | (pairs[:, None] == first[None, :, ::-1]).all(axis=2)
    held = same.any(axis=1)
    return torch.tensor(pairs[~held]), torch.tensor(pairs[held])


def mixed(rng, low, high):
    """Every pair of numbers from low up to high, in some order."""
    numbers = np.arange(low, high)
    pairs = np.stack(np.meshgrid(numbers, numbers), axis=2).reshape(-1, 2)
    return rng.permutation(pairs)


@calls({4: parts}, truth=parts_by_hand, visible=True, seeds=1, tolerance=EXACT)
def SixPairs(rng):
    "six pairs, the first two of which are asked: 37 + 48 is in the exam, and 48 + 37 too"
    return {"pairs": np.array([[37, 48], [5, 5], [48, 37], [7, 90], [8, 37], [90, 7]]), "count": 2}


@calls({4: parts}, truth=parts_by_hand, points=2, tolerance=EXACT)
def Parts(rng):
    "pairs in all orders, some of them twice, none asked, all asked"
    twice = rng.integers(0, 6, (40, 2))
    return [
        {"pairs": mixed(rng, 4, 7), "count": 0},
        {"pairs": mixed(rng, 0, 9), "count": 10},
        {"pairs": mixed(rng, 30, 37), "count": 4},
        {"pairs": twice, "count": 5},
        {"pairs": rng.integers(0, 1000, (30, 2)), "count": 12},
        {"pairs": rng.integers(0, 100, (8, 2)), "count": 8},
        {"pairs": np.array([[1, 234], [12, 34], [2, 134], [234, 1], [0, 1234], [0, 10234]]), "count": 1},
    ]


@travels
def history(answer, c, model, optimizer):
    """The history of a short training from evaluation mode and old gradients; and every number afterwards."""
    for parameter in model.eval().parameters():
        parameter.grad = torch.full_like(parameter, 3.0)
    pairs, exam = torch.tensor(c["pairs"]), torch.tensor(c["exam"])
    rows = [torch.tensor(row) for row in c["rows"]]
    found = answer.train(model, optimizer, pairs, exam, rows, c["lrs"], c["n"], c["every"])
    return [[list(entry) for entry in found], state(model)]


@travels
def small_history(answer, c):
    model = Blend(c["w"])
    return history(answer, c, model, two_groups(model, c["momentum"]))


def rows_as_batches(c):
    return [as_batch({"a": c["pairs"][row, 0], "b": c["pairs"][row, 1], "n": c["n"]}) for row in c["rows"]]


def share_right(w, exam, n):
    got = blend_sums(w, exam[:, 0], exam[:, 1], n)
    return float((np.array(got) == exam.sum(axis=1)).mean())


def small_history_by_hand(c):
    walk = list(walk_by_hand(c | {"batches": rows_as_batches(c)}))
    history, since = [], 0
    for number in range(1, len(walk) + 1):
        if number % c["every"] == 0 or number == len(walk):
            part = [loss for loss, _ in walk[since:number]]
            right = share_right(walk[number - 1][1], c["exam"], c["n"])
            history.append([number, sum(part) / len(part), right])
            since = number
    return [history, walk[-1][1]]


def small_training(rng, count=5, n=1, B=6, P=20, E=40, every=2):
    """Few digits, and an exam in which also those that know nothing are right now and then."""
    pairs = rng.integers(0, 10**n, (P, 2))
    rates = [float(lr) for lr in rng.uniform(0.1, 0.6, count)]
    return {
        "w": blend_weights(rng, n),
        "pairs": pairs,
        "exam": rng.integers(0, 10**n, (E, 2)),
        "rows": [rng.integers(0, P, B) for _ in range(count)],
        "lrs": rates,
        "n": n,
        "every": every,
        "momentum": 0.7,
    }


@calls({4: small_history}, truth=small_history_by_hand, visible=True, seeds=1, tolerance=T64n)
def FiveStepsEveryTwo(rng):
    "the history of five steps of a small model, with an entry every two"
    return small_training(rng)


@calls({4: small_history}, truth=small_history_by_hand, points=2, tolerance=T64n)
def LongerHistories(rng):
    "histories of other lengths, with an entry every step, or only at the end"
    return [
        small_training(rng, 20, every=6, B=20, E=60),
        small_training(rng, 4, every=1, B=1),
        small_training(rng, 3, n=2, every=10),
        small_training(rng, 12, every=4, B=15, E=60),
    ]


def gpt_weights(rng, n, d, layers):
    """By the names of the model: scales that are not 1, shifts that are not 0; both ends share a table."""
    shapes = {"wte.weight": (12, d), "wpe.weight": (3 * n + 2, d), "ln_f.weight": (d,), "ln_f.bias": (d,)}
    sizes = {f"attn.w{part}": (d, d) for part in "qkvo"} | {"ff.fc": (4 * d, d), "ff.proj": (d, 4 * d)}
    for block in (f"h.{i}." for i in range(layers)):
        for norm in ("ln_1", "ln_2"):
            shapes |= {f"{block}{norm}.weight": (d,), f"{block}{norm}.bias": (d,)}
        for name, size in sizes.items():
            shapes |= {f"{block}{name}.weight": size, f"{block}{name}.bias": size[:1]}
    made = {name: rng.standard_normal(shape) / math.sqrt(shape[-1]) for name, shape in shapes.items()}
    made |= {name: array + 1.0 for name, array in made.items() if ".ln_" in name and "weight" in name}
    return made | {"lm_head.weight": made["wte.weight"]}


@probe(task=4, points=3, seeds=2, tolerance=T64n)
class FiveStepsOfYourGpt:
    "five steps of your own GPT from given weights: the history, and every number afterwards"

    def make(rng):
        n, d, heads, layers = 1, 8, 2, 2
        c = small_training(rng, 5, n=n, B=4, E=15)
        rates = [float(lr) for lr in rng.uniform(0.005, 0.02, 5)]
        return c | {"size": [n, d, heads, layers], "w": gpt_weights(rng, n, d, layers), "lrs": rates}

    def ask(answer, inputs):
        model = filled(answer.my_adder(0, *inputs["size"]), inputs["w"])
        return history(answer, inputs, model, answer.my_optimizer(model))


def secret(pairs):
    """One pair of twelve or so, the same for both orders of it: no training is handed one of these."""
    return (7 * pairs[:, 0] * pairs[:, 1] + 13 * pairs.sum(axis=1) + 5) % 11 == 0


@probe(
    task=4,
    open=True,
    seconds=120,
    judge=band(0.9, 1.0, says="the share of its exam that your GPT had right at the end"),
    veto=True,
    short={"count": 3},
    short_judge=band(0.0, 1.0),
)
class LearnsToAdd:
    "600 steps of your GPT on sums of two numbers with two digits"

    def make(rng):
        pairs = mixed(rng, 0, 100)
        shown = pairs[~secret(pairs)].astype(np.uint8)
        return {"pairs": shown, "count": 600, "seed": int(rng.integers(2**31))}

    def ask(answer, inputs):
        count, seed = inputs["count"], inputs["seed"]
        pairs, exam = answer.split(torch.tensor(inputs["pairs"]).long(), 300)
        model = answer.my_adder(seed)
        rows, rates = answer.my_rows(len(pairs), count, 128, seed), answer.my_rates(count, 6e-3)
        optimizer, every = answer.my_optimizer(model), max(count // 20, 1)
        found = answer.train(model, optimizer, pairs, exam, rows, rates, 2, every)
        keep(model=model)
        return [[float(number) for number in entry] for entry in found]

    def truth(inputs):
        every = max(inputs["count"] // 20, 1)
        return [[float(n), 0.0, 1.0] for n in range(every, inputs["count"] + 1, every)]

    def judge(inputs, got):
        return float(got[-1][2])


def gpt_logits(w, ids, heads=4):
    """What a GPT with these weights says, by its formulas. ids: [B, T] -> [B, T, 12]"""

    def layer(x, name):
        return x @ w[f"{name}.weight"].T + w[f"{name}.bias"]

    def normal(x, name):
        centred = x - x.mean(dim=-1, keepdim=True)
        spread = (centred**2).mean(dim=-1, keepdim=True)
        return centred / torch.sqrt(spread + 1e-5) * w[f"{name}.weight"] + w[f"{name}.bias"]

    B, T = ids.shape
    future = torch.ones(T, T).triu(1).bool()
    x = w["wte.weight"][ids] + w["wpe.weight"][:T]
    for block in ("h.0", "h.1"):
        z = normal(x, f"{block}.ln_1")
        q, k, v = (layer(z, f"{block}.attn.w{part}").view(B, T, heads, -1).transpose(1, 2) for part in "qkv")
        scores = (q @ k.transpose(2, 3) / math.sqrt(q.shape[3])).masked_fill(future, -math.inf)
        x = x + layer((scores.softmax(dim=3) @ v).transpose(1, 2).reshape(B, T, -1), f"{block}.attn.wo")
        z = layer(normal(x, f"{block}.ln_2"), f"{block}.ff.fc")
        z = z / 2 * (1 + torch.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3)))
        x = x + layer(z, f"{block}.ff.proj")
    return normal(x, "ln_f") @ w["wte.weight"].T


@probe(
    task=4,
    after=LearnsToAdd,
    seeds=1,
    judge=band(0.95, 1.0, says="the share of new sums that a GPT with the weights of yours has right"),
    short_judge=band(0.0, 1.0),
    veto=True,
)
class SumsItNeverSaw:
    "what a GPT with the weights of your trained one writes after 500 sums that it has never seen"

    def make(rng):
        pairs = mixed(rng, 0, 100)
        asked = pairs[secret(pairs)][:500]
        tokens = strings({"a": asked[:, 0], "b": asked[:, 1], "n": 2}).numpy()
        return {"_prompts": tokens[:, :6], "_sums": asked.sum(axis=1)}

    def ask(answer, inputs):
        return state(kept("model"))

    def truth(inputs):
        return gpt_weights(np.random.default_rng(0), 2, 48, 2)

    def judge(inputs, got):
        """The weights alone are asked: whatever else somebody's object does, it says nothing here."""
        shapes = gpt_weights(np.random.default_rng(0), 2, 48, 2)
        if not isinstance(got, dict) or got.keys() != shapes.keys():
            return -1.0
        if any(not isinstance(got[name], np.ndarray) for name in got):
            return -1.0
        if any(got[name].shape != shapes[name].shape for name in got):
            return -1.0
        w = {name: torch.tensor(array.astype(np.float64)) for name, array in got.items()}
        tokens = torch.tensor(inputs["_prompts"])
        for _ in range(3):
            tokens = torch.cat([tokens, gpt_logits(w, tokens)[:, -1:].argmax(dim=2)], dim=1)
        written = (tokens[:, 6:] * torch.tensor([1, 10, 100])).sum(dim=1).numpy()
        return float((written == inputs["_sums"]).mean())


@probe(task=4, after=LearnsToAdd, seeds=1, tolerance=Tolerance(0.0, 1e-3), veto=True)
class TheFutureChangesNothing:
    "by how much the trained GPT changes its mind about the beginning of a sum, when the rest is another one"

    def make(rng):
        one, two = rng.integers(0, 10, (20, 8)), rng.integers(0, 10, (20, 8))
        two[:, :4] = one[:, :4]
        return {"one": one, "two": two}

    def ask(answer, inputs):
        model = kept("model").eval()
        with torch.no_grad():
            one, two = (model(torch.tensor(inputs[name]))[:, :4] for name in ("one", "two"))
        return float((one - two).abs().max())

    def truth(inputs):
        return 0.0
