"""Exact trajectories of a spied model with loaders that shuffle; the best weights are copies."""

import copy

import numpy as np
import torch
import torch.nn.functional as F
from probing import state

from grader.language import EXACT, T32, T64, T64n, calls, probe, travels

SHAPES = {"first.weight": (5, 6), "first.bias": (5,), "last.weight": (4, 5), "last.bias": (4,)}


@travels
class Spied(torch.nn.Module):
    """Two layers with a normalisation between them; notes down how it is called, and counts in a buffer."""

    def __init__(self, c):
        super().__init__()
        self.first = torch.nn.Linear(6, 5)
        self.norm = torch.nn.BatchNorm1d(5, momentum=c["rate"]) if c["norm"] else torch.nn.Identity()
        self.last = torch.nn.Linear(5, 4)
        self.register_buffer("steps", torch.zeros((), dtype=torch.int64))
        self.calls = []
        held = {name: torch.tensor(array) for name, array in c["w"].items()}
        self.to(held["first.weight"].dtype).load_state_dict(held, strict=False)

    def forward(self, x):
        self.calls.append([self.training, self.norm.training, torch.is_grad_enabled(), len(x)])
        self.steps += int(self.training)
        return self.last(torch.tanh(self.norm(self.first(x))))


@travels
class Shuffled:
    """A loader without a len, whose passes differ; it knows how many were begun and how far they went."""

    def __init__(self, X, y, passes):
        self.X, self.y, self.passes, self.begun, self.handed = X, y, passes, 0, 0

    def __iter__(self):
        rows = self.passes[self.begun % len(self.passes)]
        self.begun += 1
        for some in rows:
            self.handed += 1
            yield self.X[some], self.y[some]


@travels
def made(c):
    """(the model, the loader of each kind, the optimizer), after somebody left gradients lying about."""
    model = Spied(c)
    loaders = [
        Shuffled(
            torch.tensor(c[X]), torch.tensor(c[y]), [[torch.tensor(rows) for rows in one] for one in c[p]]
        )
        for X, y, p in (("X", "y", "passes"), ("X_val", "y_val", "val_passes"))
    ]
    kind, lr = c["kind"], c["lr"]
    if kind == "sgd":
        optimizer = torch.optim.SGD(model.parameters(), lr, momentum=0.8, weight_decay=0.05)
    elif kind == "adam":
        optimizer = torch.optim.Adam(model.parameters(), lr, betas=(0.8, 0.9), eps=1e-3)
    else:
        optimizer = torch.optim.AdamW(model.parameters(), lr, betas=(0.8, 0.9), eps=1e-3, weight_decay=0.1)
    for parameter in model.parameters():
        parameter.grad = torch.full_like(parameter, 3.0)
    return model, *loaders, optimizer


def problem(rng, sizes=(4, 3, 2), kind="sgd", N=14, norm=True, epochs=3, rate=0.3, lr=None, val=(5, 1, 3)):
    w = {name: rng.standard_normal(shape) for name, shape in SHAPES.items()}
    if norm:
        w |= {
            "norm.weight": rng.uniform(0.5, 1.5, 5),
            "norm.bias": rng.standard_normal(5),
            "norm.running_mean": rng.standard_normal(5),
            "norm.running_var": rng.uniform(0.5, 2, 5),
        }
    M = sum(val)
    return {
        "w": w,
        "norm": norm,
        "rate": rate,
        "kind": kind,
        "epochs": epochs,
        "lr": float(rng.uniform(0.05, 0.2)) if lr is None else lr,
        "X": rng.standard_normal((N, 6)),
        "y": rng.integers(0, 4, N),
        "passes": [[rng.integers(0, N, size) for size in rng.permutation(sizes)] for _ in range(epochs)],
        "X_val": rng.standard_normal((M, 6)),
        "y_val": rng.integers(0, 4, M),
        "val_passes": [np.split(rng.permutation(M), np.cumsum(val)[:-1]) for _ in range(epochs)],
    }


# ---- the same by hand ------------------------------------------------------------------------------


@travels  # as any class here; no `ask` uses it, so it never does
class ByHand:
    """Model and optimizer as plain tensors: every normalisation and every update written out."""

    def __init__(self, c):
        self.c = c
        self.w = {name: torch.tensor(array) for name, array in c["w"].items()}
        self.learns = [name for name in self.w if "running" not in name]
        self.m = {name: torch.zeros_like(self.w[name]) for name in self.learns}
        self.v = {name: torch.zeros_like(self.w[name]) for name in self.learns}
        self.t = self.begun = self.looked = 0
        self.calls = []

    def logits(self, w, x, training):
        a = x @ w["first.weight"].T + w["first.bias"]
        if self.c["norm"]:
            mean, var = w["norm.running_mean"], w["norm.running_var"]
            if training:
                rate, n = self.c["rate"], len(x)
                mean, var = a.mean(dim=0), ((a - a.mean(dim=0)) ** 2).mean(dim=0)
                self.w["norm.running_mean"] = (1 - rate) * w["norm.running_mean"] + rate * mean.detach()
                unbiased = var.detach() * n / (n - 1)
                self.w["norm.running_var"] = (1 - rate) * w["norm.running_var"] + rate * unbiased
            a = (a - mean) / (var + 1e-5).sqrt() * w["norm.weight"] + w["norm.bias"]
        return torch.tanh(a) @ w["last.weight"].T + w["last.bias"]

    def losses(self, w, x, y, training):
        z = self.logits(w, x, training)
        return torch.logsumexp(z, dim=1) - z[torch.arange(len(y)), y], z

    def train_epoch(self):
        c, found = self.c, []
        for rows in c["passes"][self.begun % len(c["passes"])]:
            leaves = {name: self.w[name].detach().requires_grad_() for name in self.learns}
            x, y = torch.tensor(c["X"][rows]), torch.tensor(c["y"][rows])
            losses, _ = self.losses(self.w | leaves, x, y, True)
            found += losses.tolist()
            self.calls.append([True, True, True, len(rows)])
            grads = torch.autograd.grad(losses.mean(), list(leaves.values()))
            self.step(dict(zip(leaves, grads, strict=True)))
        self.begun += 1
        return float(np.mean(found))

    def step(self, grads):
        kind, lr = self.c["kind"], self.c["lr"]
        self.t += 1
        for name, g in grads.items():
            w = self.w[name]
            if kind == "sgd":
                g = g + 0.05 * w
                self.m[name] = 0.8 * self.m[name] + g if self.t > 1 else g
                self.w[name] = w - lr * self.m[name]
                continue
            if kind == "adamw":
                w = w * (1 - lr * 0.1)
            self.m[name] = 0.8 * self.m[name] + 0.2 * g
            self.v[name] = 0.9 * self.v[name] + 0.1 * g * g
            up, down = self.m[name] / (1 - 0.8**self.t), (self.v[name] / (1 - 0.9**self.t)).sqrt() + 1e-3
            self.w[name] = w - lr * up / down

    def evaluate(self, modes=(False, False)):
        c, found, hits = self.c, [], []
        for rows in c["val_passes"][self.looked % len(c["val_passes"])]:
            x, y = torch.tensor(c["X_val"][rows]), torch.tensor(c["y_val"][rows])
            losses, z = self.losses(self.w, x, y, False)
            found += losses.tolist()
            hits += (z.argmax(dim=1) == y).tolist()
            self.calls.append([*modes, False, len(rows)])
        self.looked += 1
        return float(np.mean(found)), float(np.mean(hits))

    def state(self):
        counted = {"steps": np.array(self.t)}
        if self.c["norm"]:
            counted["norm.num_batches_tracked"] = np.array(self.t)
        return {name: tensor.detach().clone() for name, tensor in self.w.items()} | counted


# ---- one epoch ---------------------------------------------------------------------------------------


@travels
def epochs(answer, c):
    """Two epochs with one optimizer, the model at first in evaluation mode."""
    model, loader, _, optimizer = made(c)
    losses = [answer.train_epoch(model.eval(), loader, optimizer) for _ in range(2)]
    return {
        "losses": losses,
        "state_dict": state(model),
        "calls of the model": model.calls,
        "passes and batches": [loader.begun, loader.handed],
        "mode": model.training,
        "x": loader.X,
        "y": loader.y,
    }


def epochs_by_hand(c):
    hand = ByHand(c)
    losses = [hand.train_epoch() for _ in range(2)]
    calls = [[True, True, True, call[3]] for call in hand.calls]
    return {
        "losses": losses,
        "state_dict": hand.state(),
        "calls of the model": calls,
        "passes and batches": [2, len(calls)],
        "mode": True,
        "x": c["X"],
        "y": c["y"],
    }


@calls({1: epochs}, truth=epochs_by_hand, visible=True, seeds=2, tolerance=T64n)
def TwoEpochs(rng):
    "two epochs: the losses, every number of the model, and how it was called"
    return problem(rng)


@calls({1: epochs}, truth=epochs_by_hand, points=3, tolerance=T64)
def LongerEpochs(rng):
    "longer epochs with each of three optimizers, and one whose batches have one row or few"
    return [
        problem(rng, (4, 3, 5, 2, 6), "sgd", 20),
        problem(rng, (3, 7, 2), "adam"),
        problem(rng, (5, 2, 2, 4), "adamw"),
        problem(rng, (4, 1, 3, 1), "sgd", norm=False),
        problem(rng, (5, 5, 1), "adam", norm=False),
        problem(rng, (1,), "sgd", norm=False),
    ]


def in_float32(c):
    w = {name: array.astype(np.float32) for name, array in c["w"].items()}
    return c | {"w": w} | {name: c[name].astype(np.float32) for name in ("X", "X_val")}


@calls({1: epochs}, truth=epochs_by_hand, seeds=2, tolerance=T32)
def EpochsInFloat32(rng):
    "the same in float32"
    return [
        in_float32(problem(rng, (8, 7), "sgd", 20, epochs=1, lr=0.01))
    ]  # what grows would part from itself


# ---- a look --------------------------------------------------------------------------------------------


@travels
def looks(answer, c):
    """A look in each of four settings of modes: what came, how the model was called, what is left."""
    found = []
    for whole, inner in ((True, True), (False, False), (True, False), (False, True)):
        model, _, loader, optimizer = made(c)
        model.train(whole)
        model.norm.train(inner)
        model.last.bias.requires_grad_(False)
        got = answer.evaluate(model, loader)
        found.append(
            {
                "loss and share": list(got),
                "calls of the model": model.calls,
                "modes afterwards": [model.training, model.norm.training, model.last.training],
                "passes and batches": [loader.begun, loader.handed],
                "state_dict": state(model),
                "gradients": [parameter.grad for parameter in model.parameters()],
                "needs gradients": [parameter.requires_grad for parameter in model.parameters()],
                "recording": torch.is_grad_enabled(),
            }
        )
    return found


def looks_by_hand(c):
    found = []
    for whole, inner in ((True, True), (False, False), (True, False), (False, True)):
        hand = ByHand(c)
        got = list(hand.evaluate())
        order = ["first.weight", "first.bias", "norm.weight", "norm.bias", "last.weight", "last.bias"]
        order = [name for name in order if name in c["w"]]
        found.append(
            {
                "loss and share": got,
                "calls of the model": hand.calls,
                "modes afterwards": [whole, inner, whole],
                "passes and batches": [1, len(hand.calls)],
                "state_dict": hand.state(),
                "gradients": [np.full_like(c["w"][name], 3.0) for name in order],
                "needs gradients": [name != "last.bias" for name in order],
                "recording": True,
            }
        )
    return found


@calls({2: looks}, truth=looks_by_hand, visible=True, seeds=2, tolerance=T64n)
def Looks(rng):
    "looks at a model in different modes: loss and share, and what is left of it"
    return problem(rng, epochs=1, val=(4, 2))


@calls({2: looks}, truth=looks_by_hand, points=3, tolerance=T64)
def MoreLooks(rng):
    "batches of all sizes, of one row, a single batch, a model without a normalisation"
    return [
        problem(rng, epochs=1, val=(6, 1, 4, 2)),
        problem(rng, epochs=1, val=(1, 1, 1)),
        problem(rng, epochs=1, val=(7,)),
        problem(rng, epochs=1, val=(9, 1), norm=False),
        problem(rng, epochs=1, val=(5, 2), kind="adam"),
    ]


@calls({2: looks}, truth=looks_by_hand, seeds=2, tolerance=T32)
def LooksInFloat32(rng):
    "the same in float32"
    return [in_float32(problem(rng, epochs=1, val=(5, 1, 3)))]


@probe(task=2, seeds=2, tolerance=T64n)
class EqualLogits:
    "rows with two equal logits: the first of them counts"

    def make(rng):
        return {"z": rng.integers(0, 3, (15, 4)).astype(float), "y": rng.integers(0, 4, 15)}

    def ask(answer, inputs):
        X, y = torch.tensor(inputs["z"]), torch.tensor(inputs["y"])
        rows = torch.arange(15).split(4)
        return list(answer.evaluate(torch.nn.Identity(), [(X[some], y[some]) for some in rows]))

    def truth(inputs):
        z, y = inputs["z"], inputs["y"]
        losses = np.log(np.exp(z).sum(axis=1)) - z[np.arange(15), y]
        return [float(losses.mean()), float((z.argmax(axis=1) == y).mean())]


# ---- epochs ------------------------------------------------------------------------------------------


@travels
def fitted(answer, c):
    """The history, the best weights as they are after more training, and the model before that."""
    model, loader, val_loader, optimizer = made(c)
    history, best = answer.fit(model.eval(), loader, val_loader, optimizer, c["epochs"])
    calls, after = list(model.calls), state(model)
    begun = [loader.begun, loader.handed, val_loader.begun, val_loader.handed]
    with torch.no_grad():
        for tensor in model.state_dict().values():
            tensor.fill_(9)
    return {
        "history": [dict(one) for one in history],
        "best": {name: tensor.detach().clone() for name, tensor in best.items()},
        "state_dict": after,
        "calls of the model": calls,
        "passes and batches": begun,
    }


def run_by_hand(c):
    """(the history, the states after the epochs, the model by hand)"""
    hand, history, states = ByHand(c), [], []
    for _ in range(c["epochs"]):
        train_loss = hand.train_epoch()
        val_loss, share = hand.evaluate()
        history.append({"train_loss": train_loss, "val_loss": val_loss, "val_share": share})
        states.append(hand.state())
    return history, states, hand


def best_epoch(history):
    losses = [one["val_loss"] for one in history]
    return losses.index(min(losses))


def fitted_by_hand(c):
    history, states, hand = run_by_hand(c)
    sizes = [[sum(len(one) for one in c[name])] for name in ("passes", "val_passes")]
    return {
        "history": history,
        "best": states[best_epoch(history)],
        "state_dict": states[-1],
        "calls of the model": hand.calls,
        "passes and batches": [c["epochs"], *sizes[0], c["epochs"], *sizes[1]],
    }


def turns(rng, **more):
    """A problem whose best epoch is neither the first nor the last, nor the best one in training."""
    while True:
        c = problem(rng, epochs=5, **more)
        history, _, _ = run_by_hand(c)
        losses, practised = ([one[name] for one in history] for name in ("val_loss", "train_loss"))
        best = best_epoch(history)
        gap = sorted(losses)[1] - losses[best]
        if 0 < best < 4 and practised.index(min(practised)) != best and gap > 1e-3:
            return c


@calls({3: fitted}, truth=fitted_by_hand, visible=True, seeds=2, tolerance=T64n)
def ShortFit(rng):
    "three epochs: the history, the best weights, and how the model was called"
    return problem(rng)


@calls({3: fitted}, truth=fitted_by_hand, points=3, tolerance=T64n)
def LongerFits(rng):
    "five epochs with the best one in the middle, for three optimizers; a single epoch"
    return [
        turns(rng, sizes=(4, 3, 5), kind="sgd"),
        turns(rng, sizes=(3, 2, 6), kind="adam"),
        turns(rng, sizes=(4, 1, 3), kind="adamw", norm=False),
        problem(rng, epochs=1, sizes=(5, 3)),
    ]


@calls({3: fitted}, truth=fitted_by_hand, kind="edge", seeds=2, tolerance=T64n)
def EqualEpochs(rng):
    "epochs with exactly equal validation losses, also infinite ones: the first of them is the best"
    endless = problem(rng, lr=0.0, norm=False, val=(6,), epochs=2)
    endless["w"]["last.bias"] = np.array([1e308, -1e308, 0.0, 0.0])  # sure of class 0, and always wrong
    endless |= {"y": np.zeros(14, np.int64), "y_val": np.ones(6, np.int64)}
    return [
        endless,
        problem(rng, lr=0.0, rate=0.0, val=(6,), epochs=4) | {"val_passes": [[np.arange(6)]] * 4},
        problem(rng, kind="adam", lr=0.0, norm=False, val=(5,), epochs=3)
        | {"val_passes": [[np.arange(5)]] * 3},
    ]


@calls({3: fitted}, truth=fitted_by_hand, seeds=2, tolerance=T32)
def FitInFloat32(rng):
    "the same in float32"
    return [in_float32(problem(rng, (8, 7), N=20, epochs=2, lr=0.01))]
