"""What the two passes are asked: values against another way, gradients against two proofs.

The gradients are differentiated numerically on the reference (`value`, `wrt`), and worked out by a complex
step through `forward`, which needs no formula of the way back.
"""

import numpy as np

from grader.language import T64, T64n, calls, probe


def forward(x, W):  # FILL: the parameters, as in starter.py
    """`out` by another way than reference.py, in operations that know complex numbers: no abs, no max."""
    return x @ W  # FILL: the forward pass once more


def some(rng, N):
    """The inputs by the names of the parameters, for a batch of N; no two dimensions alike."""
    return {"x": rng.normal(size=(N, 4)), "W": rng.normal(size=(4, 5))}  # FILL: your inputs


def by_complex_step(inputs):
    """The gradient of (out * dout).sum() in each input: the imaginary part after a step of 1e-30 i."""
    arrays = {name: array for name, array in inputs.items() if name != "dout"}
    found = []
    for name, array in arrays.items():
        slopes = np.zeros(array.shape)
        for at in np.ndindex(*array.shape):
            stepped = array.astype(complex)
            stepped[at] += 1e-30j
            out = forward(**{**arrays, name: stepped})
            slopes[at] = (out.imag * inputs["dout"]).sum() / 1e-30
        found.append(slopes)
    return found


@calls({1: "the_name_fwd"}, truth=forward, pick=0, visible=True, seeds=2, tolerance=T64)
def Forward(rng):
    "`out` for a batch of two"
    return {**some(rng, 2)}


@calls({1: "the_name_fwd"}, truth=forward, pick=0, points=2, tolerance=T64)
def Batches(rng):
    "`out` for batches of one, three and seven"
    return [some(rng, N) for N in (1, 3, 7)]


@calls({1: "the_name_fwd"}, truth=forward, pick=0, kind="edge", tolerance=T64)
def LargeAndSmall(rng):
    "`out` for numbers that are large, small, and zero"
    return [{name: scale * array for name, array in some(rng, 3).items()} for scale in (5.0, 1e-6, 0.0)]


@probe(task=2, points=3, kind="gradient", tolerance=T64n, wrt=("x", "W"))  # FILL: in wrt the inputs
class Gradients:
    "the gradients of all inputs, for a batch of three"

    def make(rng):
        made = some(rng, 3)
        return {**made, "dout": rng.normal(size=forward(**made).shape)}

    def ask(answer, inputs):
        out, cache = answer.the_name_fwd(*[array for name, array in inputs.items() if name != "dout"])
        return list(answer.the_name_bwd(inputs["dout"], cache))

    def value(answer, inputs):
        out, cache = answer.the_name_fwd(*[array for name, array in inputs.items() if name != "dout"])
        return float((out * inputs["dout"]).sum())

    def truth(inputs):
        return by_complex_step(inputs)


@probe(task=2, visible=True, seeds=2, wrt=("x", "W"))  # FILL: the same names
class SmallGradients(Gradients):
    "the gradients of all inputs, for a batch of two"

    def make(rng):
        made = some(rng, 2)
        return {**made, "dout": rng.normal(size=forward(**made).shape)}


@probe(task=2, kind="gradient", tolerance=T64n)
class OneByOne:
    "the gradients for batches of one, four and six, one after the other"

    def make(rng):
        made = [some(rng, N) for N in (1, 4, 6)]
        return {"cases": [{**one, "dout": rng.normal(size=forward(**one).shape)} for one in made]}

    def ask(answer, inputs):
        caches, found = [], []
        for case in inputs["cases"]:
            arrays = [array for name, array in case.items() if name != "dout"]
            caches.append(answer.the_name_fwd(*arrays)[1])
        for case, cache in zip(inputs["cases"], caches):
            found.append(list(answer.the_name_bwd(case["dout"], cache)))
        return found

    def truth(inputs):
        return [by_complex_step(case) for case in inputs["cases"]]
