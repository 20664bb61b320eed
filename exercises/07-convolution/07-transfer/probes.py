"""A frozen body that does not move, a new head, exact steps; the score with forty pictures only vetoes."""

import copy

import numpy as np
import torch
import torch.nn.functional as F
from probing import filled, state

from grader.language import EXACT, T32, T64n, accuracy, band, calls, probe, travels


@travels
class Net(torch.nn.Module):
    """Features of six numbers: a linear layer, and deeper inside a normalisation, a bend and a dropout."""

    def __init__(self, classes):
        super().__init__()
        inner = torch.nn.Sequential(torch.nn.BatchNorm1d(5), torch.nn.Tanh(), torch.nn.Dropout(0.5))
        self.body = torch.nn.Sequential(torch.nn.Linear(6, 5), inner)
        self.head = torch.nn.Linear(5, classes)

    def forward(self, x):
        return self.head(self.body(x))


def body_weights(rng):
    return {
        "body.0.weight": rng.standard_normal((5, 6)),
        "body.0.bias": rng.standard_normal(5),
        "body.1.0.weight": rng.uniform(0.5, 1.5, 5),
        "body.1.0.bias": rng.standard_normal(5),
        "body.1.0.running_mean": rng.standard_normal(5),
        "body.1.0.running_var": rng.uniform(0.5, 4, 5),
    }


def head_weights(rng, classes):
    return {"head.weight": rng.standard_normal((classes, 5)), "head.bias": rng.standard_normal(classes)}


def problem(rng, classes=4, old=3, N=11, sizes=(4, 1, 5, 3)):
    return {
        "body": body_weights(rng),
        "old": head_weights(rng, old),
        "head": head_weights(rng, classes),
        "X": rng.standard_normal((N, 6)),
        "y": rng.integers(0, classes, N),
        "X_test": rng.standard_normal((29, 6)),
        "y_test": rng.integers(0, classes, 29),
        "batches": [rng.integers(0, N, size) for size in sizes],
        "lr": float(rng.uniform(0.1, 0.3)),
        "weight_decay": float(rng.uniform(0.05, 0.3)),
        "made": [old, classes],
    }


@travels
def transferred(answer, c):
    """(the handed net, the new one with the given head, what is trainable)"""
    old, classes = c["made"]
    net = filled(Net(old), c["body"] | c["old"])
    new, trainable = answer.freeze_and_head(net, classes)
    with torch.no_grad():
        new.head.weight.copy_(torch.tensor(c["head"]["head.weight"]))
        new.head.bias.copy_(torch.tensor(c["head"]["head.bias"]))
    return net, new, trainable


@travels
def tensors(c, *names):
    return [torch.tensor(c[name]) for name in names] + [[torch.tensor(rows) for rows in c["batches"]]]


@travels
def frozen(answer, c):
    """Values in all modes, what may be trained, what stayed, and what a step of our own moves."""
    net, new, trainable = transferred(answer, c)
    modes = [new.training, new.body.training, new.body[1].training]
    x, named = torch.tensor(c["X"]), dict(new.named_parameters())
    outs = [new.train()(x), new.train()(x[:1]), new.eval()(x), copy.deepcopy(new).train()(x), net.eval()(x)]
    modes += [new.train().body.training, new.training, new.eval().training]
    flags = [[name, p.requires_grad, any(p is t for t in trainable)] for name, p in named.items()]
    net.train()
    left = [state(net), [p.requires_grad for p in net.parameters()], net.body[1].training]
    new.train()
    F.cross_entropy(new(x), torch.tensor(c["y"])).backward()
    grads = {name: p.grad for name, p in named.items()}
    return [outs, modes, flags, len(trainable), left, state(new), grads]


def features(c, x):
    w = c["body"]
    a = x @ w["body.0.weight"].T + w["body.0.bias"]
    a = (a - w["body.1.0.running_mean"]) / np.sqrt(w["body.1.0.running_var"] + 1e-5)
    return np.tanh(a * w["body.1.0.weight"] + w["body.1.0.bias"])


def frozen_by_hand(c):
    h = features(c, c["X"])
    new, old = (h @ c[name]["head.weight"].T + c[name]["head.bias"] for name in ("head", "old"))
    outs = [new, new[:1], new, new, old]
    names = ["body.0.weight", "body.0.bias", "body.1.0.weight", "body.1.0.bias", "head.weight", "head.bias"]
    flags = [[name, name.startswith("head"), name.startswith("head")] for name in names]
    counted = {"body.1.0.num_batches_tracked": np.array(0)}
    left = [c["body"] | c["old"] | counted, [True] * 6, True]
    d = slopes(new, c["y"])[1]
    grads = dict.fromkeys(names) | {"head.weight": d.T @ h, "head.bias": d.sum(axis=0)}
    modes = [True, False, False, False, True, False]
    return [outs, modes, flags, 2, left, c["body"] | c["head"] | counted, grads]


def slopes(z, y):
    """The mean cross-entropy of logits, and its slope in them."""
    p = np.exp(z - z.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    loss = float(-np.log(p[np.arange(len(y)), y]).mean())
    p[np.arange(len(y)), y] -= 1
    return loss, p / len(y)


@calls({1: frozen}, truth=frozen_by_hand, visible=True, seeds=2, tolerance=T64n)
def Frozen(rng):
    "a small net with a new head: its values in both modes, what may be trained, and what stayed"
    return problem(rng)


@calls({1: frozen}, truth=frozen_by_hand, points=3, tolerance=T64n)
def FrozenOthers(rng):
    "more nets, one with as many classes as before, one with a single class fewer"
    return [problem(rng, 4, 4, N=7), problem(rng, 2, 3, N=9), problem(rng, 7, 2, N=2)]


@calls({1: frozen}, seeds=2, tolerance=T32)
def FrozenInFloat32(rng):
    "the same in float32"
    made = problem(rng)
    for name in ("body", "old", "head"):
        made[name] = {key: array.astype(np.float32) for key, array in made[name].items()}
    return made | {"X": made["X"].astype(np.float32)}


@probe(
    task=1,
    seeds=2,
    judge=band(
        0.3, 0.75, says="the spread of the head's weights, in times of the largest that PyTorch draws,"
    ),
    veto=True,
)
class TheHeadIsNew:
    "the new head against the old one, and against another new one: as PyTorch draws it"

    def make(rng):
        return {"W": rng.uniform(-0.05, 0.05, (10, 400)), "b": rng.uniform(-0.05, 0.05, 10)}

    def ask(answer, inputs):
        net = torch.nn.Module()
        net.body, net.head = torch.nn.Identity(), torch.nn.Linear(400, 10).double()
        net.head.load_state_dict({"weight": torch.tensor(inputs["W"]), "bias": torch.tensor(inputs["b"])})
        heads = [answer.freeze_and_head(net, 10)[0].head for _ in range(2)]
        return [[head.weight, head.bias] for head in heads]

    def judge(inputs, got):
        """The spread over the largest that PyTorch draws: 1 / sqrt(3) of it."""
        if not isinstance(got, list) or len(got) != 2:
            return "there is no head with a weight and a bias."
        heads = [np.asarray(inputs["W"])]
        for pair in got:
            if not isinstance(pair, list) or [np.shape(part) for part in pair] != [(10, 400), (10,)]:
                return "the weight of the head must have shape (10, 400), its bias shape (10,)."
            if not all(np.isfinite(part).all() and np.abs(part).max() <= 0.05 + 1e-9 for part in pair):
                return "the numbers of the head are larger than those that PyTorch draws, or not finite."
            if np.std(pair[1]) < 0.005:
                return "the bias of the head is not drawn as PyTorch draws it."
            heads.append(np.asarray(pair[0]))
        for number, one in enumerate(heads):
            for other in heads[:number]:
                size = np.linalg.norm(one) * np.linalg.norm(other)
                if size == 0 or abs((one * other).sum()) > 0.2 * size:
                    return "the new head is the old one, or zero, or two new heads are alike."
        return float(np.std(heads[1]) / 0.05)


@probe(task=1, tolerance=EXACT, veto=True)
class HeadWithoutBias:
    "the shapes in the new head when the old one has no bias"

    def make(rng):
        return {"sizes": [int(size) for size in 3 + rng.permutation(6)[:3]]}

    def ask(answer, inputs):
        features, old, classes = inputs["sizes"]
        net = torch.nn.Module()
        net.body, net.head = torch.nn.Identity(), torch.nn.Linear(features, old, bias=False)
        new, trainable = answer.freeze_and_head(net, classes)
        shape, bias, trained = list(new.head.weight.shape), new.head.bias, len(trainable)
        biases = 0 if bias is None else bias.numel()
        return shape, biases, trained

    def truth(inputs):
        features, old, classes = inputs["sizes"]
        return [[classes, features], classes, 2]


# ---- steps ---------------------------------------------------------------------------------------


@travels
def tuned(answer, c):
    """A body that was frozen by us and one that was not; old gradients lie about everywhere."""
    X, y, batches = tensors(c, "X", "y")
    found = []
    for whole in (False, True):
        net = filled(Net(c["made"][1]), c["body"] | c["head"]).eval()
        net.body[1][2].p = 0.0
        for parameter in net.parameters():
            parameter.grad = torch.full_like(parameter, 2.0)
        trainable = list(net.parameters() if whole else net.head.parameters())
        if not whole:
            net.body[1][0].momentum = 0.0  # the statistics of the batch are used, and none is kept
        losses = answer.fine_tune(net, trainable, X, y, batches, c["lr"], c["weight_decay"])
        found.append([list(losses), state(net), net.training])
    return found


def whole_by_hand(c, whole, decay):
    """SGD with momentum in numpy, in training mode, with every slope written out; yields after each step."""
    w = {name: np.array(array) for name, array in (c["body"] | c["head"]).items()}
    moving = [name for name in w if "running" not in name and (whole or name.startswith("head"))]
    v = {name: np.zeros(w[name].shape) for name in moving}
    keep = 0.1 if whole else 0.0
    for rows in c["batches"]:
        x, y, n = c["X"][rows], c["y"][rows], len(rows)
        a = x @ w["body.0.weight"].T + w["body.0.bias"]
        mean, var = a.mean(axis=0), a.var(axis=0)
        root = np.sqrt(var + 1e-5)
        u = (a - mean) / root
        h = np.tanh(u * w["body.1.0.weight"] + w["body.1.0.bias"])
        loss, d = slopes(h @ w["head.weight"].T + w["head.bias"], y)
        dh = (d @ w["head.weight"]) * (1 - h * h)
        du = dh * w["body.1.0.weight"]
        da = (du - du.mean(axis=0) - u * (du * u).mean(axis=0)) / root
        grads = {
            "head.weight": d.T @ h,
            "head.bias": d.sum(axis=0),
            "body.1.0.weight": (dh * u).sum(axis=0),
            "body.1.0.bias": dh.sum(axis=0),
            "body.0.weight": da.T @ x,
            "body.0.bias": da.sum(axis=0),
        }
        for name in moving:
            v[name] = 0.9 * v[name] + grads[name] + decay * w[name]
            w[name] = w[name] - c["lr"] * v[name]
        w["body.1.0.running_mean"] = (1 - keep) * w["body.1.0.running_mean"] + keep * mean
        w["body.1.0.running_var"] = (1 - keep) * w["body.1.0.running_var"] + keep * var * n / (n - 1)
        yield loss, w


def tuned_by_hand(c):
    found = []
    for whole in (False, True):
        losses, w = [], {}
        for loss, now in whole_by_hand(c, whole, c["weight_decay"]):
            losses.append(loss)
            w = now
        counted = {"body.1.0.num_batches_tracked": np.array(len(c["batches"]))}
        found.append([losses, w | counted, True])
    return found


@calls({2: tuned}, truth=tuned_by_hand, visible=True, seeds=2, tolerance=T64n)
def TwoSteps(rng):
    "two steps: the losses, and every number of the net afterwards"
    return problem(rng, sizes=(4, 3))


@calls({2: tuned}, truth=tuned_by_hand, points=2, tolerance=T64n)
def SixSteps(rng):
    "six steps in batches of all sizes, with weight decay: losses and every number"
    return problem(rng, sizes=(4, 3, 7, 2, 5, 3))


@probe(task=2, seeds=2, tolerance=T64n)
class SingleRows:
    "the losses of batches of a single row, and the weights afterwards"

    def make(rng):
        return problem(rng, sizes=(1, 3, 1)) | {"W": rng.standard_normal((4, 6))}

    def ask(answer, inputs):
        X, y, batches = tensors(inputs, "X", "y")
        net = torch.nn.Linear(6, 4, bias=False).double()
        net.load_state_dict({"weight": torch.tensor(inputs["W"])})
        losses = list(answer.fine_tune(net, [net.weight], X, y, batches, inputs["lr"], 0.0))
        weight = net.weight
        return losses, weight


@travels
def raced(answer, c):
    X, y, X_test, y_test, batches = tensors(c, "X", "y", "X_test", "y_test")
    found = []
    for target in c["targets"]:
        net = filled(Net(c["made"][1]), c["body"] | c["head"]).eval()
        net.body[1][2].p = 0.0
        for parameter in net.parameters():
            parameter.grad = torch.full_like(parameter, 2.0)
        rows = X, y, X_test, y_test, batches
        steps, scores = answer.steps_to(net, list(net.parameters()), *rows, c["lr"], target)
        found.append([steps, list(scores), state(net)])
    return found


def score(c, w):
    h = features({"body": w}, c["X_test"])
    return float(((h @ w["head.weight"].T + w["head.bias"]).argmax(axis=1) == c["y_test"]).mean())


def raced_by_hand(c):
    found = []
    for target in c["targets"]:
        w = {name: np.array(array) for name, array in (c["body"] | c["head"]).items()}
        scores = [score(c, w)]
        for _, now in whole_by_hand(c, True, 0.0) if scores[0] < target else ():
            w = dict(now)
            scores.append(score(c, w))
            if scores[-1] >= target:
                break
        taken = len(scores) - 1
        counted = {"body.1.0.num_batches_tracked": np.array(taken)}
        found.append([taken if scores[-1] >= target else None, scores, w | counted])
    return found


def targets(c):
    """Never reached; reached before the first step; and reached exactly by some step, if any is better.

    Of 29 rows most shares are no numbers of float32.
    """
    scores = raced_by_hand(c | {"targets": [2.0]})[0][1]
    best = max(scores)
    return c | {"targets": [2.0, scores[0], best, min(1.0, best - 0.5 / 29)]}


@calls({3: raced}, truth=raced_by_hand, visible=True, seeds=2, tolerance=T64n)
def ShortRace(rng):
    "the scores of four steps, for targets that are reached and others"
    return targets(problem(rng, classes=3, sizes=(4, 3, 5, 4)))


@calls({3: raced}, truth=raced_by_hand, points=2, tolerance=T64n)
def LongerRace(rng):
    "the scores of ten steps, and the net afterwards; and a target that the last step reaches"
    longer = {"classes": 3, "N": 15, "sizes": (4, 3, 7, 2, 5, 3, 4, 6, 2, 4)}
    made = [targets(problem(rng, **longer))]
    while len(made) < 2:
        c = problem(rng, **longer)
        scores = raced_by_hand(c | {"targets": [2.0]})[0][1]
        if best := scores.index(max(scores)):
            made.append(c | {"batches": c["batches"][:best], "targets": [scores[best]]})
    return made


# ---- forty pictures ------------------------------------------------------------------------------

FAMILIES = (0, 1, 2, 2, 3, 4, 0, 1, 4, 3)  # of the digits 0 to 9


@travels
class Reader(torch.nn.Module):
    def __init__(self, classes):
        super().__init__()
        convs = torch.nn.Conv2d(1, 8, 3, padding=1), torch.nn.Conv2d(8, 16, 3, padding=1)
        bend, pool = torch.nn.ReLU(), torch.nn.MaxPool2d(2)
        first = (convs[0], torch.nn.BatchNorm2d(8), bend, pool)
        second = (convs[1], torch.nn.BatchNorm2d(16), bend, pool)
        self.body = torch.nn.Sequential(*first, *second, torch.nn.Flatten())
        self.head = torch.nn.Linear(64, classes)

    def forward(self, x):
        return self.head(self.body(x))


@probe(task=2, seeds=1, judge=accuracy(0.72, 0.985), veto=True, seconds=40)
class FortyPictures:
    "the share of unseen digits in the right family, after a transfer with forty labelled pictures"

    def make(rng):
        from sklearn.datasets import load_digits

        images, names = load_digits(return_X_y=True)
        order = rng.permutation(len(images))
        images, names = images[order].astype(np.uint8), names[order]
        torch.manual_seed(int(rng.integers(2**31)))
        net, X = Reader(10), torch.tensor(images[:1000]).reshape(-1, 1, 8, 8).float() / 16
        y, optimizer = torch.tensor(names[:1000]), torch.optim.SGD(net.parameters(), 0.05, 0.9)
        for _ in range(5):
            for rows in torch.randperm(1000).split(32):
                loss = F.cross_entropy(net(X[rows]), y[rows])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
        families = np.array(FAMILIES)[names]
        return {
            "weights": {name: tensor.numpy() for name, tensor in net.state_dict().items()},
            "X": images[1000:1040],
            "y": families[1000:1040],
            "X_test": images[1040:1340],
            "_y_test": families[1040:1340],
            "batches": [rng.permutation(40)[:16] for _ in range(150)],
            "seed": int(rng.integers(2**31)),
        }

    def ask(answer, inputs):
        torch.manual_seed(inputs["seed"])
        X, X_test = (torch.tensor(inputs[name]).reshape(-1, 1, 8, 8).float() / 16 for name in ("X", "X_test"))
        batches = [torch.tensor(rows) for rows in inputs["batches"]]
        new, trainable = answer.freeze_and_head(filled(Reader(10), inputs["weights"]), 5)
        answer.fine_tune(new, trainable, X, torch.tensor(inputs["y"]), batches, 0.03, 0.0)
        with torch.no_grad():
            return np.asarray(new.eval()(X_test).argmax(dim=1))

    def truth(inputs):
        return inputs["_y_test"]
