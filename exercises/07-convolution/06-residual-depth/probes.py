"""Blocks against patches and sums, norms without a trace, a watched training; reading digits only vetoes."""

import numpy as np
import torch
import torch.nn.functional as F
from probing import backward, filled, round_trips, state, watched

from grader.language import T32, T64n, Tolerance, accuracy, calls, probe, travels


def block_weights(rng, C_in, C_out, project, before=""):
    """Weights of one block by name, with scales that are not one and shifts that are not zero."""
    w = {
        "conv1.weight": rng.standard_normal((C_out, C_in, 3, 3)) / np.sqrt(4 * C_in),
        "conv2.weight": rng.standard_normal((C_out, C_out, 3, 3)) / np.sqrt(4 * C_out),
    }
    for bn in ("bn1", "bn2"):
        w |= {
            f"{bn}.weight": rng.uniform(0.5, 1.5, C_out) * rng.choice([-1, 1], C_out),
            f"{bn}.bias": 0.5 * rng.standard_normal(C_out),
            f"{bn}.running_mean": 0.3 * rng.standard_normal(C_out),
            f"{bn}.running_var": rng.uniform(0.5, 2, C_out),
        }
    if project:
        w["project.weight"] = rng.standard_normal((C_out, C_in, 1, 1)) / np.sqrt(C_in)
    return {before + name: array for name, array in w.items()}


def one_block(rng, C_in, C_out, stride=1, shortcut=True, N=3, H=6, W=5):
    fits = stride == 1 and C_in == C_out
    return {
        "weights": block_weights(rng, C_in, C_out, shortcut and not fits),
        "x": rng.standard_normal((N, C_in, H, W)),
        "made": [C_in, C_out, stride, shortcut],
    }


def patches(x, kernel, stride, padding):
    """A convolution as patches times a matrix."""
    k = kernel.shape[-1]
    columns = F.unfold(x, k, padding=padding, stride=stride)
    rows, places = (-(-n // stride) for n in x.shape[2:])
    return (kernel.reshape(len(kernel), -1) @ columns).reshape(len(x), len(kernel), rows, places)


def normal(x, w, name, training):
    """Batch normalisation, written out; the running statistics move in `w`."""
    mean, var = w[f"{name}.running_mean"], w[f"{name}.running_var"]
    if training:
        n = x.numel() / x.shape[1]
        mean = x.mean(dim=(0, 2, 3))
        var = ((x - mean[:, None, None]) ** 2).mean(dim=(0, 2, 3))
        w[f"{name}.running_mean"] = 0.9 * w[f"{name}.running_mean"] + 0.1 * mean.detach()
        w[f"{name}.running_var"] = 0.9 * w[f"{name}.running_var"] + 0.1 * var.detach() * n / (n - 1)
    scaled = (x - mean[:, None, None]) * (var[:, None, None] + 1e-5) ** -0.5
    return scaled * w[f"{name}.weight"][:, None, None] + w[f"{name}.bias"][:, None, None]


def block_by_hand(w, x, stride, shortcut, training, before=""):
    z = patches(x, w[f"{before}conv1.weight"], stride, 1)
    z = normal(z, w, f"{before}bn1", training).clamp(min=0)
    z = normal(patches(z, w[f"{before}conv2.weight"], 1, 1), w, f"{before}bn2", training)
    if shortcut:
        name = f"{before}project.weight"
        z = z + (patches(x, w[name], stride, 0) if name in w else x)
    return z.clamp(min=0)


def as_tensors(arrays):
    return {name: torch.tensor(array) for name, array in arrays.items()}


@travels
def values(answer, c):
    """In evaluation mode, in training mode, and what the running statistics are afterwards."""
    C_in, C_out, stride, shortcut = c["made"]
    block = filled(answer.ResBlock(C_in, C_out, stride, shortcut), c["weights"])
    x = torch.tensor(c["x"])
    outs = [block.eval()(x), block.train()(x)]
    held = state(block)
    return [*outs, {name: held[name] for name in held if "running" in name}]


def values_by_hand(c):
    _, _, stride, shortcut = c["made"]
    w, x = as_tensors(c["weights"]), torch.tensor(c["x"])
    outs = [block_by_hand(w, x, stride, shortcut, training) for training in (False, True)]
    return [*outs, {name: tensor for name, tensor in w.items() if "running" in name}]


@calls({1: values}, truth=values_by_hand, visible=True, seeds=2, tolerance=T64n)
def Block(rng):
    "a block of three channels, in both modes"
    return one_block(rng, 3, 3)


@calls({1: values}, truth=values_by_hand, points=2, tolerance=T64n)
def Blocks(rng):
    "blocks of all kinds: wider, narrower, with a stride, with both, and without a shortcut"
    return [
        one_block(rng, 2, 2, N=2),
        one_block(rng, 2, 5),
        one_block(rng, 5, 2, N=1),
        one_block(rng, 3, 3, stride=2),
        one_block(rng, 2, 4, stride=2, H=7, W=4),
        one_block(rng, 3, 2, stride=3, H=8, W=7),
        one_block(rng, 3, 3, shortcut=False),
        one_block(rng, 2, 5, stride=2, shortcut=False),
    ]


@calls({1: values}, seeds=2, tolerance=T32)
def BlockInFloat32(rng):
    "the same in float32"
    made = one_block(rng, 3, 4, stride=2)
    w = {name: array.astype(np.float32) for name, array in made["weights"].items()}
    return made | {"weights": w, "x": made["x"].astype(np.float32)}


@calls({1: values}, truth=values_by_hand, seeds=2, tolerance=T64n, kind="edge")
def NearlyNothing(rng):
    "a block whose last normalisation is zero"
    made = one_block(rng, 4, 4)
    zero = {name: 0 * made["weights"][name] for name in ("bn2.weight", "bn2.bias")}
    return made | {"weights": made["weights"] | zero}


@probe(task=1, points=2, seeds=2, tolerance=T64n, kind="gradient", wrt=("free", "x"))
class Gradients:
    "the gradients of the pictures and of every weight, in training mode"

    def make(rng):
        made = one_block(rng, 2, 3, stride=2, N=3)
        free = {name: array for name, array in made["weights"].items() if "running" not in name}
        rest = {name: array for name, array in made["weights"].items() if "running" in name}
        return made | {"weights": rest, "free": free, "message": rng.standard_normal((3, 3, 3, 3))}

    def ask(answer, inputs):
        block = filled(answer.ResBlock(*inputs["made"]), inputs["weights"] | inputs["free"])
        _, (dx,), grads = backward(block, inputs["x"], message=inputs["message"])
        return [grads, dx]

    def value(answer, inputs):
        block = filled(answer.ResBlock(*inputs["made"]), inputs["weights"] | inputs["free"])
        return (block(torch.tensor(inputs["x"])) * torch.tensor(inputs["message"])).sum().item()


@probe(task=1, seeds=2, tolerance=T64n, kind="gradient")
class GradientsInBothModes:
    "the gradients of a block with an open way around, in both modes"

    def make(rng):
        return one_block(rng, 3, 3, N=2) | {"message": rng.standard_normal((2, 3, 6, 5))}

    def ask(answer, inputs):
        block, found = filled(answer.ResBlock(*inputs["made"]), inputs["weights"]), []
        for training in (False, True):
            block.train(training)
            found.append(backward(block, inputs["x"], message=inputs["message"])[1:])
        return found

    def truth(inputs):
        found = []
        for training in (False, True):
            w = as_tensors(inputs["weights"])
            leaves = {name: w[name].requires_grad_() for name in w if "running" not in name}
            x = torch.tensor(inputs["x"], requires_grad=True)
            block_by_hand(w, x, 1, True, training).backward(torch.tensor(inputs["message"]))
            found.append([[x.grad], {name: leaf.grad for name, leaf in leaves.items()}])
        return found


@probe(task=1, seeds=2, tolerance=T64n)
class SavedLoadedAndCopied:
    "a block that was saved, loaded and copied, and how often its parts run"

    def make(rng):
        return one_block(rng, 2, 3, stride=2)

    def ask(answer, inputs):
        block = filled(answer.ResBlock(*inputs["made"]), inputs["weights"]).eval()
        first = block(torch.tensor(inputs["x"]))
        counts = watched(block, inputs["x"])
        parts = [counts[name] for name in ("conv1", "bn1", "conv2", "bn2", "project")]
        return [first, round_trips(block, answer.ResBlock(*inputs["made"]), inputs["x"]), parts]


# ---- the instrument ------------------------------------------------------------------------------


@travels
class Small(torch.nn.Module):
    """Two convolutions, a normalisation between them, an inner part, and a linear layer."""

    def __init__(self, w):
        super().__init__()
        self.b = torch.nn.Conv2d(2, 3, 3, padding=1)
        self.inner = torch.nn.Sequential(torch.nn.BatchNorm2d(3), torch.nn.Tanh(), torch.nn.Conv2d(3, 2, 1))
        self.a = torch.nn.Linear(2, 4)
        filled(self, w)

    def forward(self, x):
        return self.a(self.inner(self.b(x)).mean(dim=(2, 3)))


SMALL = {
    "b.weight": (3, 2, 3, 3),
    "b.bias": (3,),
    "inner.0.weight": (3,),
    "inner.0.bias": (3,),
    "inner.0.running_mean": (3,),
    "inner.2.weight": (2, 3, 1, 1),
    "inner.2.bias": (2,),
    "a.weight": (4, 2),
    "a.bias": (4,),
}


def small(rng, N=5, batches=0):
    w = {name: rng.standard_normal(shape) for name, shape in SMALL.items()}
    w["inner.0.running_var"] = rng.uniform(0.5, 2, 3)
    made = {"w": w, "x": rng.standard_normal((N, 2, 4, 3)), "y": rng.integers(0, 4, N)}
    if batches:
        made["batches"] = [rng.integers(0, N, size) for size in 1 + rng.permutation(batches)]
        made["lr"] = float(rng.uniform(0.02, 0.1))
    return made


def small_loss(w, x, y):
    """The loss of `Small` in training mode, written out; the running statistics move in `w`."""
    kernel = w["b.weight"]
    z = patches(x, kernel, 1, 1) + w["b.bias"][:, None, None]
    z = torch.tanh(normal(z, w, "inner.0", True))
    z = patches(z, w["inner.2.weight"], 1, 0) + w["inner.2.bias"][:, None, None]
    z = z.mean(dim=(2, 3)) @ w["a.weight"].T + w["a.bias"]
    return (torch.logsumexp(z, dim=1) - z[torch.arange(len(y)), y]).mean()


WEIGHTS = ("b.weight", "inner.2.weight", "a.weight")


@travels
def norms(answer, c):
    """The norms, twice, and whether anything of the net is different afterwards."""
    net, found = Small(c["w"]), []
    for parameter in net.parameters():
        parameter.grad = torch.full_like(parameter, 2.0)
    net.a.bias.grad = None
    for training, still in ((False, False), (True, True), (True, False)):
        net.train(training).inner[0].train(training and not still)
        got = answer.grad_norms(net, torch.tensor(c["x"]), torch.tensor(c["y"]))
        grads = [None if p.grad is None else p.grad.clone() for p in net.parameters()]
        found.append([list(got), [part.training for part in net.modules()], grads, state(net)])
    return found


def norms_by_hand(c):
    w = as_tensors(c["w"])
    leaves = [w[name].requires_grad_() for name in WEIGHTS]
    loss = small_loss(dict(w), torch.tensor(c["x"]), torch.tensor(c["y"]))
    got = [float((g**2).sum() ** 0.5) for g in torch.autograd.grad(loss, leaves)]
    grads = [np.full(SMALL[name], 2.0) for name in SMALL if "running" not in name]
    grads[-1] = None
    held = c["w"] | {"inner.0.num_batches_tracked": np.array(0)}
    still = [True] * 3 + [False] + [True] * 3  # the normalisation stays in evaluation mode
    return [[got, modes, grads, held] for modes in ([False] * 7, still, [True] * 7)]


@calls({2: norms}, truth=norms_by_hand, visible=True, seeds=2, tolerance=T64n)
def Norms(rng):
    "the norms of a small net, and the net afterwards"
    return small(rng)


@calls({2: norms}, truth=norms_by_hand, points=2, tolerance=T64n)
def MoreNorms(rng):
    "the norms for batches of other sizes"
    return [small(rng, N) for N in (1, 7, 11)]


@travels
class Other(torch.nn.Module):
    """Parts whose weights have as many axes as those of a convolution or a linear layer, and are neither."""

    def __init__(self, w):
        super().__init__()
        self.table = torch.nn.Embedding(2, 4)
        self.up = torch.nn.ConvTranspose2d(2, 3, 2)
        self.conv = torch.nn.Conv2d(3, 2, 2)
        self.line = torch.nn.Linear(2, 4)
        filled(self, w)

    def forward(self, x):
        z = self.conv(torch.tanh(self.up(x))).mean(dim=(2, 3))
        return self.line(z) + self.table.weight[1]


OTHER = {
    "table.weight": (2, 4),
    "up.weight": (2, 3, 2, 2),
    "up.bias": (3,),
    "conv.weight": (2, 3, 2, 2),
    "conv.bias": (2,),
    "line.weight": (4, 2),
    "line.bias": (4,),
}


@travels
def norms_of_others(answer, c):
    return list(answer.grad_norms(Other(c["w"]), torch.tensor(c["x"]), torch.tensor(c["y"])))


@calls({2: norms_of_others}, seeds=2, tolerance=T64n)
def NormsOfOthers(rng):
    "the norms of a net that has parts of other kinds, too"
    w = {name: rng.standard_normal(shape) for name, shape in OTHER.items()}
    return small(rng) | {"w": w}


# ---- the deep net --------------------------------------------------------------------------------


def deep(rng, blocks, width, classes, shortcut, N=3, H=7, W=5):
    w = {
        "stem.weight": 0.5 * rng.standard_normal((width, 1, 3, 3)),
        "stem.bias": 0.3 * rng.standard_normal(width),
        "fc.weight": rng.standard_normal((classes, width)),
        "fc.bias": rng.standard_normal(classes),
    }
    for number in range(blocks):
        w |= block_weights(rng, width, width, False, f"blocks.{number}.")
    made = [blocks, width, classes, shortcut]
    return {
        "w": w,
        "x": rng.standard_normal((N, 1, H, W)),
        "y": rng.integers(0, classes, N),
        "made": made,
    }


def deep_by_hand(w, x, made, training):
    blocks, _, _, shortcut = made
    z = (patches(x, w["stem.weight"], 2, 1) + w["stem.bias"][:, None, None]).clamp(min=0)
    for number in range(blocks):
        z = block_by_hand(w, z, 1, shortcut, training, f"blocks.{number}.")
    return z.mean(dim=(2, 3)) @ w["fc.weight"].T + w["fc.bias"]


@travels
def logits(answer, c):
    net, x = filled(answer.DeepNet(*c["made"]), c["w"]), torch.tensor(c["x"])
    return [net.eval()(x), net.train()(x)]


def logits_by_hand(c):
    w, x = as_tensors(c["w"]), torch.tensor(c["x"])
    return [deep_by_hand(w, x, c["made"], training) for training in (False, True)]


@calls({3: logits}, truth=logits_by_hand, visible=True, seeds=2, tolerance=T64n)
def TwoBlocks(rng):
    "the logits of a net with two blocks"
    return deep(rng, 2, 3, 4, True)


@calls({3: logits}, truth=logits_by_hand, points=2, tolerance=T64n)
def ManyBlocks(rng):
    "the logits of nets with one, three and no blocks, with and without shortcuts"
    return [deep(rng, 1, 2, 5, True), deep(rng, 3, 4, 3, False, N=2), deep(rng, 0, 3, 2, True)]


@probe(task=3, points=2, seeds=2, tolerance=Tolerance(1e-5, 1e-9))
class PlainAgainstResidual:
    "the gradients' norms of twenty layers with shortcuts and without, and the ratio of the first ones"

    def make(rng):
        return deep(rng, 10, 3, 4, True, N=6, H=8, W=8)

    def ask(answer, inputs):
        x, y, found = torch.tensor(inputs["x"]), torch.tensor(inputs["y"]), []
        for shortcut in (True, False):
            net = filled(answer.DeepNet(*inputs["made"][:3], shortcut), inputs["w"])
            found.append(list(answer.grad_norms(net, x, y)))
        return [*found, found[1][0] / found[0][0]]

    def truth(inputs):
        found = []
        for shortcut in (True, False):
            w = as_tensors(inputs["w"])
            blocks = [f"blocks.{n}.conv{k}.weight" for n in range(10) for k in (1, 2)]
            leaves = [w[name].requires_grad_() for name in ("stem.weight", *blocks, "fc.weight")]
            z = deep_by_hand(w, torch.tensor(inputs["x"]), [*inputs["made"][:3], shortcut], True)
            loss = F.cross_entropy(z, torch.tensor(inputs["y"]))
            found.append([float((g**2).sum() ** 0.5) for g in torch.autograd.grad(loss, leaves)])
        return [*found, found[1][0] / found[0][0]]


@travels
def history(answer, c):
    net = Small(c["w"]).eval()
    for parameter in net.parameters():
        parameter.grad = torch.full_like(parameter, 2.0)
    batches = [torch.tensor(rows) for rows in c["batches"]]
    triples = answer.train_and_watch(net, torch.tensor(c["x"]), torch.tensor(c["y"]), batches, c["lr"])
    return [[list(triple) for triple in triples], state(net)]


def history_by_hand(c):
    w = as_tensors(c["w"])
    velocity = {name: torch.zeros(shape).double() for name, shape in SMALL.items() if "running" not in name}
    triples = []
    for rows in c["batches"]:
        leaves = {name: w[name].detach().requires_grad_() for name in velocity}
        w |= leaves
        loss = small_loss(w, torch.tensor(c["x"][rows]), torch.tensor(c["y"][rows]))
        grads = dict(zip(leaves, torch.autograd.grad(loss, list(leaves.values())), strict=True))
        first, last = (float((grads[name] ** 2).sum() ** 0.5) for name in ("b.weight", "a.weight"))
        triples.append([loss.item(), first, last])
        for name, grad in grads.items():
            velocity[name] = 0.9 * velocity[name] + grad
            w[name] = w[name].detach() - c["lr"] * velocity[name]
    held = {name: tensor.detach() for name, tensor in w.items()}
    return [triples, held | {"inner.0.num_batches_tracked": np.array(len(c["batches"]))}]


@calls({3: history}, truth=history_by_hand, points=2, tolerance=T64n)
def WatchedSteps(rng):
    "the history of six steps, and the net afterwards"
    return small(rng, N=12, batches=6)


@probe(task=3, seeds=1, judge=accuracy(0.72, 0.985), veto=True, seconds=40)
class DeepNetReadsDigits:
    "the share of unseen handwritten digits that your net of ten blocks reads correctly"

    def make(rng):
        from sklearn.datasets import load_digits

        images, names = load_digits(return_X_y=True)
        order = rng.permutation(len(images))
        images, names = images[order].astype(np.uint8), names[order].astype(np.uint8)
        return {
            "X": images[360:],
            "y": names[360:],
            "X_test": images[:360],
            "_y_test": names[:360].astype(np.int64),
            "seed": int(rng.integers(2**31)),
        }

    def ask(answer, inputs):
        torch.manual_seed(inputs["seed"])
        X, X_test = (torch.tensor(inputs[name]).reshape(-1, 1, 8, 8).float() / 16 for name in ("X", "X_test"))
        y = torch.tensor(inputs["y"], dtype=torch.int64)
        net = answer.DeepNet(10, 8, 10)
        for lr in (0.05, 0.05, 0.01):
            answer.train_and_watch(net, X, y, torch.randperm(len(X)).split(32), lr)
        with torch.no_grad():
            return np.asarray(net.eval()(X_test).argmax(dim=1))

    def truth(inputs):
        return inputs["_y_test"]
