"""Values and gradients of TheName against the same in plain tensor operations, and what survives a copy."""

import numpy as np
import torch
from probing import backward, filled, round_trips

from grader.language import T32, T64n, calls, probe, travels


def some(rng, N=3, size=5):
    """The arguments that the module is made with, its weights by name, an input; no two dimensions alike."""
    return {
        "made": [size],  # FILL: the arguments of __init__
        "weights": {"weight": rng.standard_normal(size)},  # FILL: every parameter by its name, none zero
        "x": rng.standard_normal((N, size)),  # FILL: the input of forward
    }


def by_hand(w, x):
    """What forward returns, in plain operations of tensors. w: the parameters by name."""
    return w["weight"] * x  # FILL: forward once more, by another way than reference.py


def out_by_hand(c):
    return by_hand({name: torch.tensor(array) for name, array in c["weights"].items()}, torch.tensor(c["x"]))


def message(rng, made):
    """A gradient at the output, in its shape."""
    return rng.standard_normal(tuple(out_by_hand(made).shape))


@travels
def out(answer, c):
    return filled(answer.TheName(*c["made"]), c["weights"])(torch.tensor(c["x"]))


@calls({1: out}, truth=out_by_hand, visible=True, seeds=2, tolerance=T64n)
def Values(rng):
    "what comes out, for a batch of two"
    return {**some(rng, N=2)}


@calls({1: out}, truth=out_by_hand, points=2, tolerance=T64n)
def ManyValues(rng):
    "what comes out, for other sizes, and for large and small numbers"
    return [
        some(rng, N=1),
        some(rng, N=4, size=7),
        some(rng, N=6, size=2),
        {**some(rng), "x": 40 * some(rng)["x"]},
        {**some(rng), "x": 1e-3 * some(rng)["x"]},
    ]


@calls({1: out}, seeds=2, tolerance=T32)
def InFloat32(rng):
    "the same in float32"
    made = some(rng)
    weights = {name: array.astype(np.float32) for name, array in made["weights"].items()}
    return {**made, "weights": weights, "x": made["x"].astype(np.float32)}


@probe(task=1, points=2, seeds=2, tolerance=T64n, kind="gradient", wrt=("weights", "x"))
class Gradients:
    "the gradients of the input and of every parameter"

    def make(rng):
        made = some(rng)
        return {**made, "message": message(rng, made)}

    def ask(answer, inputs):
        module = filled(answer.TheName(*inputs["made"]), inputs["weights"])
        _, (dx,), grads = backward(module, inputs["x"], message=inputs["message"])
        return [{name: grads[name] for name in inputs["weights"]}, dx]

    def value(answer, inputs):
        module = filled(answer.TheName(*inputs["made"]), inputs["weights"])
        return (module(torch.tensor(inputs["x"])) * torch.tensor(inputs["message"])).sum().item()

    def truth(inputs):
        w = {name: torch.tensor(array, requires_grad=True) for name, array in inputs["weights"].items()}
        x = torch.tensor(inputs["x"], requires_grad=True)
        by_hand(w, x).backward(torch.tensor(inputs["message"]))
        return [{name: leaf.grad for name, leaf in w.items()}, x.grad]


@probe(task=1, seeds=2, tolerance=T64n)
class SavedLoadedAndCopied:
    "a module that was saved, loaded and copied, and two that share nothing"

    def make(rng):
        return {"one": some(rng), "other": some(rng)}

    def ask(answer, inputs):
        both = (inputs["one"], inputs["other"])
        one, other = (filled(answer.TheName(*c["made"]), c["weights"]) for c in both)
        x = inputs["one"]["x"]
        first = one(torch.tensor(x))
        trips = round_trips(one, answer.TheName(*inputs["one"]["made"]), x)
        return [first, trips, other(torch.tensor(x))]
