"""A three-layer network: logits, loss and six gradients, proven by complex steps and by differences."""

import numpy as np

from grader.language import T32, T64n, Tolerance, calls


def network(rng, N, D, H1, H2, K, reg=0.3, scale=0.5):
    shapes = {"W1": (D, H1), "b1": (H1,), "W2": (H1, H2), "b2": (H2,), "W3": (H2, K), "b3": (K,)}
    params = {name: scale * rng.standard_normal(shape) for name, shape in shapes.items()}
    X = rng.standard_normal((N, D))
    return {"params": params, "X": X, "y": rng.integers(0, K, N), "reg": reg}


def in_float32(inputs):
    params = {name: value.astype("float32") for name, value in inputs["params"].items()}
    return inputs | {"params": params, "X": inputs["X"].astype("float32")}


def without_labels(made):
    return {"params": made["params"], "X": made["X"]}


def logits_of(params, X):
    """Works on complex numbers too: relu and maximum look at the real part."""
    h = X
    for layer in "123":
        z = h @ params["W" + layer] + params["b" + layer]
        h = np.where(z.real > 0, z, 0)
    return z


def loss_of(params, inputs):
    z = logits_of(params, inputs["X"])
    z = z - z.real.max(axis=1, keepdims=True)
    picked = z[np.arange(len(z)), inputs["y"]] - np.log(np.exp(z).sum(axis=1))
    penalty = sum((params[name] ** 2).sum() for name in ("W1", "W2", "W3"))
    return -picked.mean() + 0.5 * inputs["reg"] * penalty


def slopes(inputs, rise, step):
    """The slope of the loss in every number of every parameter, by nudging one number at a time."""
    grads = {}
    for name, value in inputs["params"].items():
        grads[name] = np.zeros(value.shape)
        for index in np.ndindex(*value.shape):
            nudge = np.zeros(value.shape, dtype=type(step))
            nudge[index] = step
            grads[name][index] = rise(
                lambda way: loss_of(inputs["params"] | {name: value + way * nudge}, inputs)
            )
    return grads


def exact_loss(params, X, y, reg):
    return float(loss_of(params, {"X": X, "y": y, "reg": reg}))


def as_one_layer(p, X):
    offset = (p["b1"] @ p["W2"] + p["b2"]) @ p["W3"] + p["b3"]
    return X @ (p["W1"] @ p["W2"] @ p["W3"]) + offset


def by_complex_step(params, X, y, reg):
    return slopes({"params": params, "X": X, "y": y, "reg": reg}, lambda loss: loss(1).imag / 1e-30, 1e-30j)


def by_differences(params, X, y, reg):
    return slopes(
        {"params": params, "X": X, "y": y, "reg": reg}, lambda loss: (loss(1) - loss(-1)) / 2e-5, 1e-5
    )


@calls({1: "mlp_logits"}, truth=logits_of, visible=True)
def Logits(rng):
    "the logits of a small network"
    return {**without_labels(network(rng, 2, 3, 5, 4, 3))}


@calls({1: "mlp_logits"})
def LogitsOfOtherShapes(rng):
    "one example, one hidden unit, eleven classes, and logits that lie thousands away from zero"
    sizes = [(1, 7, 5, 3, 2), (5, 2, 1, 3, 11), (4, 3, 2, 1, 5), (2, 3, 5, 4, 3)]
    made = [without_labels(network(rng, *size)) for size in sizes]
    made[3]["params"]["b3"] += rng.uniform(6000.0, 9000.0, 3) * rng.permutation([-1, 1, 1])
    return made


@calls({1: "mlp_logits"}, truth=as_one_layer)
def CollapsesToOneLayer(rng):
    "with positive numbers everywhere no relu bends, and three layers equal one"
    made = network(rng, 4, 3, 5, 2, 7)
    return {"params": {name: abs(value) for name, value in made["params"].items()}, "X": abs(made["X"])}


@calls({1: "mlp_logits"}, seeds=2, tolerance=T32)
def LogitsInFloat32(rng):
    "float32 in, float32 out"
    return {**without_labels(in_float32(network(rng, 3, 5, 4, 6, 2)))}


@calls({2: "mlp_loss"}, truth=exact_loss, pick=0, visible=True)
def LossWithPenalty(rng):
    "the loss of a small network, with penalty"
    return {**network(rng, 3, 2, 4, 3, 3)}


@calls({2: "mlp_loss"}, truth=by_complex_step, pick=1, points=2, visible=True, kind="gradient")
def GradientsWithoutPenalty(rng):
    "all six gradients with reg = 0"
    return {**network(rng, 3, 2, 4, 3, 3, reg=0.0)}


@calls({2: "mlp_loss"}, truth=by_complex_step, pick=1, points=3, kind="gradient")
def GradientsWithPenalty(rng):
    "all six gradients with a penalty, on a wider network"
    return {**network(rng, 5, 3, 7, 4, 6)}


@calls(
    {2: "mlp_loss"}, truth=by_differences, pick=1, seeds=2, tolerance=Tolerance(1e-5, 1e-7), kind="gradient"
)
def GradientsAgainstDifferences(rng):
    "all six gradients against central differences"
    return {**network(rng, 4, 5, 3, 6, 2, reg=0.07)}


@calls({2: "mlp_loss"}, kind="gradient")
def SingleExample(rng):
    "a batch of one example"
    return {**network(rng, 1, 4, 3, 5, 2)}


@calls({2: "mlp_loss"}, tolerance=T64n, kind="edge")
def HugeLogits(rng):
    "logits in the hundreds and thousands, also where two classes share what the right one lacks"
    made = network(rng, 4, 3, 5, 2, 3, reg=0.0)
    cases = []
    for b3 in (rng.permutation([-1.0, 0.0, 1.0]), rng.permutation([-1.0, 1.0, 1.0])):
        y = np.where([True, False, True, False], b3.argmin(), made["y"])
        cases.append(made | {"params": made["params"] | {"b3": 900.0 * b3}, "y": y})
    return cases


@calls({2: "mlp_loss"}, tolerance=T64n, kind="edge")
def OneRowFarAbove(rng):
    "all logits of one row are thousands larger than those of the others"
    made = network(rng, 4, 3, 5, 2, 3, reg=0.0)
    params = {name: abs(value) for name, value in made["params"].items()}
    X = abs(made["X"])
    X[1] *= 5000.0
    return made | {"params": params, "X": X}


@calls({2: "mlp_loss"}, tolerance=T64n, kind="edge")
def AllLogitsFarBelow(rng):
    "all logits are thousands below zero"
    made = network(rng, 4, 3, 5, 2, 3, reg=0.0)
    made["params"]["b3"] -= rng.uniform(6000.0, 9000.0)
    return {**made}


@calls({2: "mlp_loss"}, pick=1, seeds=2, tolerance=T32, kind="edge")
def HugeLogitsInFloat32(rng):
    "float32 and logits in the hundreds, far above and far below zero"
    made = network(rng, 4, 3, 5, 2, 3, reg=0.0)
    cases = []
    for b3 in (300.0 * rng.permutation([-1.0, 0.0, 1.0]), np.full(3, -500.0) + rng.standard_normal(3)):
        cases.append(in_float32(made | {"params": made["params"] | {"b3": b3}}))
    return cases


@calls({2: "mlp_loss"}, pick=1, seeds=2, kind="edge")
def UnitsAtTheCorner(rng):
    "a hidden unit whose input is exactly zero passes no message, one with a tiny positive input does"
    made = network(rng, 3, 4, 5, 6, 2, reg=0.0)
    for layer, unit, bias in (("1", 2, 0.0), ("2", 1, 0.0), ("1", 3, 1e-12), ("2", 2, 1e-12)):
        made["params"]["W" + layer][:, unit] = 0.0
        made["params"]["b" + layer][unit] = bias
    return {**made}


@calls({2: "mlp_loss"}, pick=1, seeds=2, tolerance=T32, kind="gradient")
def GradientsInFloat32(rng):
    "float32 in, float32 gradients out"
    return {**in_float32(network(rng, 4, 5, 3, 6, 2))}
