"""Blocks and nets against the library's own layers; steps as they are; reading backwards only vetoes."""

import numpy as np
import torch
from probing import filled, round_trips, state

from grader.language import EXACT, T32, T64n, accuracy, calls, probe, travels

THEIRS = {
    "attn": "self_attn",
    "self_attn": "self_attn",
    "cross_attn": "multihead_attn",
    "fc1": "linear1",
    "fc2": "linear2",
    "ln1": "norm1",
    "ln2": "norm2",
    "ln3": "norm3",
}


def block(rng, d, ff, attentions, before=""):
    w = {}
    for name in attentions:
        w[f"{name}.in_proj_weight"] = rng.standard_normal((3 * d, d)) / np.sqrt(d)
        w[f"{name}.in_proj_bias"] = 0.5 * rng.standard_normal(3 * d)
        w[f"{name}.out_proj.weight"] = rng.standard_normal((d, d)) / np.sqrt(d)
        w[f"{name}.out_proj.bias"] = 0.5 * rng.standard_normal(d)
    for number in range(1, len(attentions) + 2):
        w[f"ln{number}.weight"] = rng.uniform(0.5, 1.5, d) * rng.choice([-1, 1], d)
        w[f"ln{number}.bias"] = 0.5 * rng.standard_normal(d)
    w["fc1.weight"], w["fc1.bias"] = rng.standard_normal((ff, d)) / np.sqrt(d), rng.standard_normal(ff)
    w["fc2.weight"], w["fc2.bias"] = rng.standard_normal((d, ff)) / np.sqrt(ff), rng.standard_normal(d)
    return {before + name: array for name, array in w.items()}


def lengths_to_real(rng, B, S):
    lengths = rng.integers(1, S + 1, B)
    lengths[int(rng.integers(B))] = S
    return np.arange(S) < lengths[:, None]


def reader(rng, B, S, d, h, ff):
    made = {"w": block(rng, d, ff, ["attn"]), "made": [d, h, ff], "x": rng.standard_normal((B, S, d))}
    return made | {"real": lengths_to_real(rng, B, S)}


def writer(rng, B, T, S, d, h, ff):
    made = {"w": block(rng, d, ff, ["self_attn", "cross_attn"]), "made": [d, h, ff]}
    made |= {"y": rng.standard_normal((B, T, d)), "memory": rng.standard_normal((B, S, d))}
    return made | {"real": lengths_to_real(rng, B, S)}


def sentences(rng, B, S, T, words):
    source, target = rng.integers(1, words, (B, S)), rng.integers(1, words, (B, T))
    source[~lengths_to_real(rng, B, S)] = 0
    target[~lengths_to_real(rng, B, T)] = 0
    return {"source": source, "target": target}


def translator(rng, B, S, T, words, d, h, ff, longest):
    w = {"embed.weight": rng.standard_normal((words, d)), "place.weight": rng.standard_normal((longest, d))}
    w |= block(rng, d, ff, ["attn"], "encoder.")
    w |= block(rng, d, ff, ["self_attn", "cross_attn"], "decoder.")
    w |= {"out.weight": rng.standard_normal((words, d)), "out.bias": rng.standard_normal(words)}
    return {"w": w, "made": [words, d, h, ff, longest]} | sentences(rng, B, S, T, words)


def in_float32(c):
    small = {k: v.astype("float32") for k, v in c.items() if k in ("x", "y", "memory")}
    return c | small | {"w": {name: array.astype("float32") for name, array in c["w"].items()}}


# ---- the learner's code ----------------------------------------------------------------------------


@travels
def read(answer, c):
    return filled(answer.EncoderBlock(*c["made"]), c["w"])(torch.tensor(c["x"]), torch.tensor(c["real"]))


@travels
def written(answer, c):
    y, memory, real = (torch.tensor(c[name]) for name in ("y", "memory", "real"))
    return filled(answer.DecoderBlock(*c["made"]), c["w"])(y, memory, real)


@travels
def logits(answer, c):
    net = filled(answer.Translator(*c["made"]), c["w"])
    return net(torch.tensor(c["source"]), torch.tensor(c["target"]))


@travels
def read_and_what_was_handed(answer, c):
    """The rows, and what the block was called with, as it stands afterwards."""
    x, real = torch.tensor(c["x"]), torch.tensor(c["real"])
    rows = filled(answer.EncoderBlock(*c["made"]), c["w"])(x, real)
    return {"rows": rows, "x": x, "real": real}


@travels
def written_and_what_was_handed(answer, c):
    y, memory, real = (torch.tensor(c[name]) for name in ("y", "memory", "real"))
    rows = filled(answer.DecoderBlock(*c["made"]), c["w"])(y, memory, real)
    return {"rows": rows, "y": y, "memory": memory, "real": real}


@travels
def read_of_all_lengths(answer, c):
    """One block for sentences of different length, one after the other."""
    block = filled(answer.EncoderBlock(*c["made"]), c["w"])
    x, real = torch.tensor(c["x"]), torch.tensor(c["real"])
    return [block(x[:, :n], real[:, :n]) for n in c["lengths"]]


@travels
def written_of_all_lengths(answer, c):
    block = filled(answer.DecoderBlock(*c["made"]), c["w"])
    y, memory, real = (torch.tensor(c[name]) for name in ("y", "memory", "real"))
    return [block(y[:, :n], memory[:, :s], real[:, :s]) for n, s in zip(c["lengths"], c["lengths"][::-1])]


@travels
def logits_of_all_lengths(answer, c):
    net = filled(answer.Translator(*c["made"]), c["w"])
    source, target = torch.tensor(c["source"]), torch.tensor(c["target"])
    return [net(source[:, :s], target[:, :n]) for n, s in zip(c["lengths"], c["lengths"][::-1])]


@travels
def moved(shifted, c):
    return shifted(torch.tensor(c["target"]), c["start"])


@travels
class Guess(torch.nn.Module):
    """Logits from the words before and from all that is read, without attention; it notes how it is asked."""

    def __init__(self, w):
        super().__init__()
        words, d = w["embed.weight"].shape
        self.embed, self.out = torch.nn.Embedding(words, d), torch.nn.Linear(d, words)
        filled(self, w)
        self.asked = []

    def forward(self, source, target):
        self.asked.append([target.clone(), self.training, torch.is_grad_enabled()])
        heard = self.embed(source).mean(dim=1, keepdim=True)
        said = self.embed(target).cumsum(dim=1) / torch.arange(1, target.shape[1] + 1)[:, None]
        return self.out(torch.tanh(heard + 2.0 * said + self.embed(target)))


@travels
def learned(answer, c):
    """Losses of a few steps, the net afterwards, and what it was asked."""
    net = Guess(c["w"]).eval()
    for parameter in net.parameters():
        parameter.grad = torch.full_like(parameter, 2.0)
    batches = [torch.tensor(rows) for rows in c["batches"]]
    source, target = torch.tensor(c["source"]), torch.tensor(c["target"])
    losses = answer.train(net, source, target, batches, c["lr"], c["start"])
    floats = [type(loss) is float for loss in losses]
    modes, given = [modes for _, *modes in net.asked], [given for given, *_ in net.asked]
    return [list(losses), state(net), modes, given, floats]


@travels
class Script(torch.nn.Module):
    """Says what stands in a table for each place, whatever came before; a sentence begins with its number."""

    def __init__(self, table):
        super().__init__()
        self.table = torch.tensor(table)

    def forward(self, source, target):
        return self.table[source[:, 0] - 1, : target.shape[1]]


@travels
def recited(translate, c):
    return translate(Script(c["table"]), torch.tensor(c["source"]), c["T"], 1)


@travels
def mode_of(model):
    modes = {part.training for part in model.modules()}
    return "parts in both modes" if len(modes) > 1 else "training" if modes == {True} else "evaluation"


@travels
def translated(translate, c):
    """What was written, how the net was asked, and the mode of all its parts afterwards, in both modes."""
    found = []
    for training in (True, False):
        net = Guess(c["w"]).train(training)
        words = translate(net, torch.tensor(c["source"]), c["T"], c["start"])
        found.append([words, [modes for _, *modes in net.asked], mode_of(net)])
    return found


# ---- what is right ---------------------------------------------------------------------------------


def renamed(w):
    """The parts of a block under the library's names."""
    split = [(name.split(".", 1), array) for name, array in w.items()]
    return {f"{THEIRS[first]}.{rest}": array for (first, rest), array in split}


def their_reader(w, d, h, ff):
    layer = torch.nn.TransformerEncoderLayer(d, h, ff, dropout=0.0, batch_first=True)
    return filled(layer, renamed(w))


def their_writer(w, d, h, ff):
    layer = torch.nn.TransformerDecoderLayer(d, h, ff, dropout=0.0, batch_first=True)
    return filled(layer, renamed(w))


def future(T):
    return ~torch.ones(T, T, dtype=torch.bool).tril()


def by_their_reader(c):
    x, real = torch.tensor(c["x"]), torch.tensor(c["real"])
    return their_reader(c["w"], *c["made"])(x, src_key_padding_mask=~real).detach()


def by_their_writer(c):
    y, memory, real = (torch.tensor(c[name]) for name in ("y", "memory", "real"))
    layer = their_writer(c["w"], *c["made"])
    return layer(y, memory, tgt_mask=future(y.shape[1]), memory_key_padding_mask=~real).detach()


def part(w, before):
    return {name[len(before) :]: array for name, array in w.items() if name.startswith(before)}


def by_their_layers(c):
    w, (_, d, h, ff, _) = c["w"], c["made"]
    table, places = torch.tensor(w["embed.weight"]), torch.tensor(w["place.weight"])
    source, target = torch.tensor(c["source"]), torch.tensor(c["target"])
    x, y = table[source] + places[: source.shape[1]], table[target] + places[: target.shape[1]]
    hidden = source == 0
    memory = their_reader(part(w, "encoder."), d, h, ff)(x, src_key_padding_mask=hidden)
    layer = their_writer(part(w, "decoder."), d, h, ff)
    y = layer(y, memory, tgt_mask=future(y.shape[1]), memory_key_padding_mask=hidden)
    return (y @ torch.tensor(w["out.weight"]).T + torch.tensor(w["out.bias"])).detach()


def exact_read_and_what_was_handed(c):
    return {"rows": by_their_reader(c), "x": c["x"], "real": c["real"]}


def exact_written_and_what_was_handed(c):
    return {"rows": by_their_writer(c)} | {name: c[name] for name in ("y", "memory", "real")}


def exact_read_of_all_lengths(c):
    return [by_their_reader(c | {"x": c["x"][:, :n], "real": c["real"][:, :n]}) for n in c["lengths"]]


def exact_written_of_all_lengths(c):
    pairs = zip(c["lengths"], c["lengths"][::-1], strict=True)
    return [
        by_their_writer(c | {"y": c["y"][:, :n], "memory": c["memory"][:, :s], "real": c["real"][:, :s]})
        for n, s in pairs
    ]


def exact_logits_of_all_lengths(c):
    pairs = zip(c["lengths"], c["lengths"][::-1], strict=True)
    return [
        by_their_layers(c | {"source": c["source"][:, :s], "target": c["target"][:, :n]}) for n, s in pairs
    ]


def moved_by_hand(c):
    return np.array([[c["start"], *row[:-1]] for row in c["target"]])


def learned_by_hand(c):
    """Adam written out; the loss as a sum over the places that are no padding."""
    net = Guess(c["w"]).train()
    moments = {name: [torch.zeros_like(p), torch.zeros_like(p)] for name, p in net.named_parameters()}
    losses, given = [], []
    for step, rows in enumerate(c["batches"], start=1):
        target = torch.tensor(c["target"][rows])
        given.append(moved_by_hand({"target": c["target"][rows], "start": c["start"]}))
        z = net(torch.tensor(c["source"][rows]), torch.tensor(given[-1]))
        z = z - torch.logsumexp(z, dim=2, keepdim=True)
        loss = -z.gather(2, target[:, :, None])[:, :, 0][target != 0].sum() / (target != 0).sum()
        grads = torch.autograd.grad(loss, list(net.parameters()))
        with torch.no_grad():
            for (name, p), g in zip(net.named_parameters(), grads, strict=True):
                m, v = moments[name]
                m.mul_(0.9).add_(0.1 * g)
                v.mul_(0.999).add_(0.001 * g * g)
                p.sub_(c["lr"] * (m / (1 - 0.9**step)) / ((v / (1 - 0.999**step)) ** 0.5 + 1e-8))
        losses.append(loss.item())
    return [losses, state(net), [[True, True]] * len(losses), given, [True] * len(losses)]


def translated_by_hand(c):
    net, source = Guess(c["w"]), torch.tensor(c["source"])
    words = np.full((len(c["source"]), 1), c["start"])
    with torch.no_grad():
        for _ in range(c["T"]):
            best = np.argmax(net(source, torch.tensor(words)).numpy()[:, -1], axis=1)
            words = np.concatenate([words, best[:, None]], axis=1)
    asked = [[False, False]] * c["T"]
    return [[words[:, 1:], asked, mode] for mode in ("training", "evaluation")]


def recited_by_hand(c):
    return np.array([np.argmax(c["table"][row[0] - 1], axis=1) for row in c["source"]])


# ---- the blocks ------------------------------------------------------------------------------------


@calls({1: read}, truth=by_their_reader, visible=True, seeds=2, tolerance=T64n)
def SmallReader(rng):
    "one sentence through a block"
    return reader(rng, 1, 3, 4, 2, 5)


@calls({1: read}, truth=by_their_reader, points=2, tolerance=T64n)
def ManyReaders(rng):
    "sentences of different length, single words, one head and many"
    shapes = [(2, 5, 6, 3, 7), (3, 4, 4, 1, 3), (1, 1, 2, 2, 4), (3, 3, 8, 2, 8)]
    return [reader(rng, *shape) for shape in shapes]


@calls({1: read}, truth=by_their_reader, seeds=2, tolerance=T64n, kind="edge")
def ReadsPastPadding(rng):
    "sentences whose padding holds enormous numbers"
    made = reader(rng, 2, 5, 6, 2, 4)
    made["real"] = np.array([[True] * 3 + [False] * 2, [True] + [False] * 4])
    found = [made | {"x": made["x"].copy()} for _ in range(2)]
    for c, size in zip(found, (1e3, 1e12), strict=True):
        c["x"][:, 3:] *= size
    return found


@calls(
    {1: read_and_what_was_handed},
    truth=exact_read_and_what_was_handed,
    seeds=1,
    tolerance=T64n,
)
def ReadAndLeftAlone(rng):
    "what the block was called with, as it stands afterwards"
    return reader(rng, 3, 4, 6, 2, 5)


@calls({1: read_of_all_lengths}, truth=exact_read_of_all_lengths, seeds=2, tolerance=T64n, kind="edge")
def ReadsAllLengths(rng):
    "one block for sentences of one word, of more and of fewer"
    return [reader(rng, 2, 5, 4, 2, 3) | {"lengths": lengths} for lengths in ([1, 4, 2, 5], [3, 4, 1])]


@calls({1: read}, truth=by_their_reader, seeds=2, tolerance=T32)
def ReaderInFloat32(rng):
    "float32 in, float32 out"
    return in_float32(reader(rng, 2, 4, 6, 2, 5))


@probe(task=1, points=2, seeds=2, tolerance=T64n, kind="gradient", wrt=("w", "x"))
class SlopesOfTheReader:
    "the gradients of x and of every parameter"

    def make(rng):
        return reader(rng, 2, 3, 4, 2, 3) | {"message": rng.standard_normal((2, 3, 4))}

    def ask(answer, inputs):
        net, x = filled(answer.EncoderBlock(*inputs["made"]), inputs["w"]), torch.tensor(inputs["x"])
        x.requires_grad_()
        net(x, torch.tensor(inputs["real"])).backward(torch.tensor(inputs["message"]))
        return [{name: p.grad for name, p in net.named_parameters()}, x.grad]

    def value(answer, inputs):
        return (read(answer, inputs) * torch.tensor(inputs["message"])).sum().item()


@calls({2: written}, truth=by_their_writer, visible=True, seeds=2, tolerance=T64n)
def SmallWriter(rng):
    "three words are written after four that were read"
    return writer(rng, 1, 3, 4, 4, 2, 5)


@calls({2: written}, truth=by_their_writer, points=2, tolerance=T64n)
def ManyWriters(rng):
    "memories of different length, single words, one head and many"
    shapes = [
        (2, 5, 3, 6, 3, 7),
        (3, 4, 4, 4, 1, 3),
        (1, 1, 2, 2, 2, 4),
        (3, 3, 3, 6, 2, 8),
        (2, 2, 6, 4, 2, 3),
    ]
    return [writer(rng, *shape) for shape in shapes]


@calls({2: written}, truth=by_their_writer, seeds=2, tolerance=T64n, kind="edge")
def WritesPastPadding(rng):
    "memories whose padding holds enormous numbers, and enormous last words"
    made = writer(rng, 2, 4, 5, 6, 2, 4)
    made["real"] = np.array([[True] * 3 + [False] * 2, [True] + [False] * 4])
    found = [made | {"memory": made["memory"].copy(), "y": made["y"].copy()} for _ in range(2)]
    for c, size in zip(found, (1e3, 1e12), strict=True):
        c["memory"][:, 3:] *= size
        c["y"][:, 3] *= size
    return found


@calls(
    {2: written_and_what_was_handed},
    truth=exact_written_and_what_was_handed,
    seeds=1,
    tolerance=T64n,
)
def WrittenAndLeftAlone(rng):
    "what the block was called with, as it stands afterwards"
    return writer(rng, 3, 4, 5, 6, 2, 5)


@calls({2: written_of_all_lengths}, truth=exact_written_of_all_lengths, seeds=2, tolerance=T64n, kind="edge")
def WritesAllLengths(rng):
    "one block for texts of one word, of more and of fewer"
    return [writer(rng, 2, 5, 5, 4, 2, 3) | {"lengths": lengths} for lengths in ([1, 4, 2, 5], [3, 4, 1])]


@calls({2: written}, truth=by_their_writer, seeds=2, tolerance=T32)
def WriterInFloat32(rng):
    "float32 in, float32 out"
    return in_float32(writer(rng, 2, 4, 3, 6, 2, 5))


@probe(task=2, points=2, seeds=2, tolerance=T64n, kind="gradient", wrt=("w", "y", "memory"))
class SlopesOfTheWriter:
    "the gradients of y, of the memory and of every parameter"

    def make(rng):
        return writer(rng, 2, 3, 4, 4, 2, 3) | {"message": rng.standard_normal((2, 3, 4))}

    def ask(answer, inputs):
        net = filled(answer.DecoderBlock(*inputs["made"]), inputs["w"])
        y, memory = (torch.tensor(inputs[name], requires_grad=True) for name in ("y", "memory"))
        net(y, memory, torch.tensor(inputs["real"])).backward(torch.tensor(inputs["message"]))
        return [{name: p.grad for name, p in net.named_parameters()}, y.grad, memory.grad]

    def value(answer, inputs):
        return (written(answer, inputs) * torch.tensor(inputs["message"])).sum().item()


# ---- together --------------------------------------------------------------------------------------


@calls({3: logits}, truth=by_their_layers, visible=True, seeds=1, tolerance=T64n)
def SmallTranslator(rng):
    "the logits for one sentence"
    return translator(rng, 1, 4, 3, 7, 4, 2, 5, 6)


@calls({3: logits}, truth=by_their_layers, points=2, tolerance=T64n)
def ManyTranslators(rng):
    "the logits for sentences of different length, as long as there are places, and of one word"
    shapes = [
        (3, 5, 4, 9, 6, 3, 7, 8),
        (2, 4, 6, 5, 4, 1, 3, 6),
        (1, 1, 1, 3, 2, 2, 4, 5),
        (3, 3, 3, 6, 8, 2, 3, 3),
    ]
    return [translator(rng, *shape) for shape in shapes]


@calls({3: logits_of_all_lengths}, truth=exact_logits_of_all_lengths, seeds=2, tolerance=T64n, kind="edge")
def TranslatesAllLengths(rng):
    "one translator for sentences of one word, of more and of fewer"
    made = [translator(rng, 2, 5, 5, 7, 4, 2, 5, 6) for _ in range(2)]
    return [c | {"lengths": lengths} for c, lengths in zip(made, ([1, 4, 2, 5], [3, 4, 1]), strict=True)]


@probe(task=3, seeds=2, tolerance=T64n)
class SavedLoadedAndCopied:
    "a translator that was saved, loaded and copied"

    def make(rng):
        return translator(rng, 2, 4, 3, 7, 4, 2, 5, 6)

    def ask(answer, inputs):
        net = filled(answer.Translator(*inputs["made"]), inputs["w"])
        return round_trips(net, answer.Translator(*inputs["made"]), inputs["source"], inputs["target"])


@calls({3: (moved, "shifted")}, truth=moved_by_hand, visible=True, seeds=1, tolerance=EXACT)
def SmallShift(rng):
    "two targets, shifted"
    return {"target": np.array([[5, 6, 7], [4, 2, 0]]), "start": 1}


@calls({3: (moved, "shifted")}, truth=moved_by_hand, points=2, tolerance=EXACT)
def ManyShifts(rng):
    "targets of all sizes, of one word, too"
    shapes = [(3, 5), (1, 4), (4, 1), (1, 1), (3, 3)]
    return [{"target": rng.integers(0, 9, shape), "start": int(rng.integers(1, 9))} for shape in shapes]


# ---- learning --------------------------------------------------------------------------------------


def to_learn(rng, N, S, T, words, d, steps):
    w = {"embed.weight": rng.standard_normal((words, d)), "out.weight": rng.standard_normal((words, d))}
    made = {"w": w | {"out.bias": rng.standard_normal(words)}, **sentences(rng, N, S, T, words)}
    batches = [rng.integers(0, N, int(rng.integers(2, 6))) for _ in range(steps)]
    return made | {
        "batches": batches,
        "lr": float(rng.uniform(0.01, 0.1)),
        "start": int(rng.integers(1, words)),
    }


@calls({4: learned}, truth=learned_by_hand, visible=True, seeds=1, tolerance=T64n)
def TwoSteps(rng):
    "two steps with a small net of another kind"
    return to_learn(rng, 4, 3, 4, 6, 3, 2)


@calls({4: learned}, truth=learned_by_hand, points=2, tolerance=T64n)
def ManySteps(rng):
    "seven steps, the net afterwards, and what it was asked"
    return to_learn(rng, 9, 5, 4, 7, 4, 7)


@calls({4: (translated, "translate")}, truth=translated_by_hand, points=2, tolerance=EXACT)
def Translations(rng):
    "what a small net of another kind writes, and how it is asked"
    made = []
    for B, S, T, words in ((3, 4, 5, 9), (1, 2, 1, 5), (4, 6, 3, 30)):
        c = to_learn(rng, B, S, T, words, 6, 0)
        made.append({"w": c["w"], "source": c["source"], "T": T, "start": c["start"]})
    return made


@calls({4: (recited, "translate")}, truth=recited_by_hand, seeds=2, tolerance=EXACT, kind="edge")
def ZerosAndEquals(rng):
    "nets that say 0 in the middle of a sentence, and whose largest logits are often equal"
    found = []
    for B, T, words in ((4, 9, 3), (2, 5, 4), (3, 7, 2)):
        source = np.concatenate([rng.permutation(B)[:, None] + 1, rng.integers(1, 9, (B, 2))], axis=1)
        table = rng.integers(0, 3, (B, T, words)).astype(np.float64)
        found.append({"table": table, "source": source, "T": T})
    return found


@probe(
    task=4,
    seeds=1,
    judge=accuracy(0.85, 1.0),
    veto=True,
    seconds=60,
    short={"steps": 3},
)
class ReversesSentences:
    "the share of new sentences that your trained translator writes backwards without a mistake"

    def make(rng):
        made = {"seed": int(rng.integers(2**31)), "steps": 300, "batches": rng.integers(0, 4000, (300, 64))}
        for name, count in (("", 4000), ("_test", 300)):
            lengths = rng.integers(3, 7, count)
            source = rng.integers(2, 10, (count, 6))
            real = np.arange(6) < lengths[:, None]
            source[~real] = 0
            target = np.zeros_like(source)
            for row, sentence, length in zip(target, source, lengths, strict=True):
                row[:length] = sentence[:length][::-1]
            made[f"source{name}"] = source
            made[f"_target{name}" if name else "target"] = target
        return made

    def ask(answer, inputs):
        torch.manual_seed(inputs["seed"])
        net = answer.Translator(10, 32, 4, 64, 6)
        batches = [torch.tensor(rows) for rows in inputs["batches"][: inputs["steps"]]]
        answer.train(net, torch.tensor(inputs["source"]), torch.tensor(inputs["target"]), batches, 5e-3, 1)
        words = np.asarray(answer.translate(net, torch.tensor(inputs["source_test"]), 6, 1))
        return np.where(inputs["source_test"] == 0, 0, words) @ 10 ** np.arange(6)

    def truth(inputs):
        """A sentence as one number with its letters as digits, so that it is right or wrong as a whole."""
        return inputs["_target_test"] @ 10 ** np.arange(6)
