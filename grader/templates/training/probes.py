"""Losses and parameters after some steps against the same by hand; how well it learns only vetoes."""

import numpy as np
import torch
from probing import state

from grader.language import T64n, accuracy, calls, probe, travels


@travels
class Small(torch.nn.Module):
    """The net that the steps are checked with."""

    def __init__(self, w):
        super().__init__()
        self.line = torch.nn.Linear(4, 3).double()
        with torch.no_grad():
            self.line.weight.copy_(torch.tensor(w["W"]))
            self.line.bias.copy_(torch.tensor(w["b"]))

    def forward(self, x):
        return self.line(x)


def some(rng, sizes, N=11):
    """Weights, data, and batches of these sizes."""
    return {
        "w": {"W": rng.standard_normal((3, 4)), "b": rng.standard_normal(3)},
        "X": rng.standard_normal((N, 4)),
        "y": rng.integers(0, 3, N),  # FILL: what is to be learned, in its own type
        "batches": [rng.integers(0, N, size) for size in sizes],
        "lr": float(rng.uniform(0.05, 0.2)),
    }


def by_hand(c):
    """The losses, and the parameters afterwards: every gradient worked out, every step made in numpy."""
    W, b, losses = c["w"]["W"].copy(), c["w"]["b"].copy(), []
    for rows in c["batches"]:
        x, y = c["X"][rows], c["y"][rows]
        loss, dW, db = 0.0, 0 * W, 0 * b  # FILL: the loss of these rows and its gradients
        losses.append(float(loss))
        W, b = W - c["lr"] * dW, b - c["lr"] * db  # FILL: the step
    return [losses, {"line.weight": W, "line.bias": b}]


@travels
def trained(answer, c):
    """The losses and the net afterwards, where somebody had left gradients behind."""
    net = Small(c["w"])
    for parameter in net.parameters():
        parameter.grad = torch.full_like(parameter, 2.0)
    batches = [torch.tensor(rows) for rows in c["batches"]]
    losses = answer.the_name(net, torch.tensor(c["X"]), torch.tensor(c["y"]), batches, c["lr"])
    return [list(losses), state(net)]


@calls({1: trained}, truth=by_hand, visible=True, seeds=2, tolerance=T64n)
def TwoSteps(rng):
    "two steps: the losses, and the net afterwards"
    return {**some(rng, (3, 2))}


@calls({1: trained}, truth=by_hand, points=3, tolerance=T64n)
def ManySteps(rng):
    "one step, seven steps with batches of other sizes, and no step at all"
    return [some(rng, (5,)), some(rng, (1, 4, 2, 6, 3, 5, 2), N=13), some(rng, ())]


@probe(task=1, seeds=1, judge=accuracy(0.8, 1.0), veto=True)  # FILL: the band, from what you measured
class Learns:
    "FILL: what a learner reads, as in: the share of unseen points that the trained net names correctly"

    def make(rng):
        centres = 3 * np.eye(3, 4)  # FILL: data that a right answer learns in seconds
        y = rng.integers(0, 3, 300)
        X = centres[y] + rng.standard_normal((300, 4))
        batches = [rng.integers(0, 200, 20) for _ in range(60)]
        w = {"W": np.zeros((3, 4)), "b": np.zeros(3)}
        known = {"w": w, "X": X[:200], "y": y[:200], "batches": batches, "lr": 0.2}
        return {**known, "unseen": X[200:], "_y": y[200:]}

    def ask(answer, inputs):
        net = Small(inputs["w"])
        batches = [torch.tensor(rows) for rows in inputs["batches"]]
        answer.the_name(net, torch.tensor(inputs["X"]), torch.tensor(inputs["y"]), batches, inputs["lr"])
        with torch.no_grad():
            return np.asarray(net(torch.tensor(inputs["unseen"])).argmax(dim=1))

    def truth(inputs):
        return inputs["_y"]
