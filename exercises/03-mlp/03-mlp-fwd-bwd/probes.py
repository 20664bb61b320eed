"""A three-layer network: logits, loss and six gradients, proven by complex steps and by differences."""

import numpy as np

from grader.language import T32, T64, T64n, Tolerance, probe


def network(rng, N, D, H1, H2, K, reg=0.3, scale=0.5):
    shapes = {"W1": (D, H1), "b1": (H1,), "W2": (H1, H2), "b2": (H2,), "W3": (H2, K), "b3": (K,)}
    params = {name: scale * rng.standard_normal(shape) for name, shape in shapes.items()}
    X = rng.standard_normal((N, D))
    return {"params": params, "X": X, "y": rng.integers(0, K, N), "reg": reg}


def in_float32(inputs):
    params = {name: value.astype("float32") for name, value in inputs["params"].items()}
    return inputs | {"params": params, "X": inputs["X"].astype("float32")}


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


def by_complex_step(inputs):
    return slopes(inputs, lambda loss: loss(1).imag / 1e-30, 1e-30j)


def by_differences(inputs):
    return slopes(inputs, lambda loss: (loss(1) - loss(-1)) / 2e-5, 1e-5)


@probe(task=1, points=1, visible=True, seeds=3, tolerance=T64)
class Logits:
    "the logits of a small network"

    def make(rng):
        made = network(rng, 2, 3, 5, 4, 3)
        return {"params": made["params"], "X": made["X"]}

    def ask(answer, inputs):
        return answer.mlp_logits(inputs["params"], inputs["X"])

    def truth(inputs):
        return logits_of(inputs["params"], inputs["X"])


@probe(task=1, points=1, seeds=3, tolerance=T64)
class LogitsOfOtherShapes:
    "one example, one hidden unit, eleven classes"

    def make(rng):
        return {
            "cases": [network(rng, 1, 7, 5, 3, 2), network(rng, 5, 2, 1, 3, 11), network(rng, 4, 3, 2, 1, 5)]
        }

    def ask(answer, inputs):
        return [answer.mlp_logits(each["params"], each["X"]) for each in inputs["cases"]]


@probe(task=1, points=1, seeds=3, tolerance=T64)
class CollapsesToOneLayer:
    "with positive numbers everywhere no relu bends, and three layers equal one"

    def make(rng):
        made = network(rng, 4, 3, 5, 2, 7)
        params = {name: abs(value) for name, value in made["params"].items()}
        return {"params": params, "X": abs(made["X"])}

    def ask(answer, inputs):
        return answer.mlp_logits(inputs["params"], inputs["X"])

    def truth(inputs):
        p = inputs["params"]
        offset = (p["b1"] @ p["W2"] + p["b2"]) @ p["W3"] + p["b3"]
        return inputs["X"] @ (p["W1"] @ p["W2"] @ p["W3"]) + offset


@probe(task=1, points=1, seeds=2, tolerance=T32)
class LogitsInFloat32:
    "float32 in, float32 out"

    def make(rng):
        made = in_float32(network(rng, 3, 5, 4, 6, 2))
        return {"params": made["params"], "X": made["X"]}

    def ask(answer, inputs):
        return answer.mlp_logits(inputs["params"], inputs["X"])


@probe(task=2, points=1, visible=True, seeds=3, tolerance=T64)
class LossWithPenalty:
    "the loss of a small network, with penalty"

    def make(rng):
        return network(rng, 3, 2, 4, 3, 3)

    def ask(answer, inputs):
        loss, _ = answer.mlp_loss(inputs["params"], inputs["X"], inputs["y"], inputs["reg"])
        return loss

    def truth(inputs):
        return float(loss_of(inputs["params"], inputs))


@probe(task=2, points=2, visible=True, seeds=3, tolerance=T64, kind="gradient")
class GradientsWithoutPenalty:
    "all six gradients with reg = 0"

    def make(rng):
        return network(rng, 3, 2, 4, 3, 3, reg=0.0)

    def ask(answer, inputs):
        _, grads = answer.mlp_loss(inputs["params"], inputs["X"], inputs["y"], inputs["reg"])
        return grads

    def truth(inputs):
        return by_complex_step(inputs)


@probe(task=2, points=3, seeds=3, tolerance=T64, kind="gradient")
class GradientsWithPenalty:
    "all six gradients with a penalty, on a wider network"

    def make(rng):
        return network(rng, 5, 3, 7, 4, 6)

    def ask(answer, inputs):
        _, grads = answer.mlp_loss(inputs["params"], inputs["X"], inputs["y"], inputs["reg"])
        return grads

    def truth(inputs):
        return by_complex_step(inputs)


@probe(task=2, points=1, seeds=2, tolerance=Tolerance(1e-5, 1e-7), kind="gradient")
class GradientsAgainstDifferences:
    "all six gradients against central differences"

    def make(rng):
        return network(rng, 4, 5, 3, 6, 2, reg=0.07)

    def ask(answer, inputs):
        _, grads = answer.mlp_loss(inputs["params"], inputs["X"], inputs["y"], inputs["reg"])
        return grads

    def truth(inputs):
        return by_differences(inputs)


@probe(task=2, points=1, seeds=3, tolerance=T64, kind="gradient")
class SingleExample:
    "a batch of one example"

    def make(rng):
        return network(rng, 1, 4, 3, 5, 2)

    def ask(answer, inputs):
        return answer.mlp_loss(inputs["params"], inputs["X"], inputs["y"], inputs["reg"])


@probe(task=2, points=1, seeds=3, tolerance=T64n, kind="edge")
class HugeLogits:
    "logits in the hundreds and thousands"

    def make(rng):
        made = network(rng, 4, 3, 5, 2, 3, reg=0.0)
        made["params"]["b3"] = 900.0 * rng.permutation([-1.0, 0.0, 1.0])
        return made

    def ask(answer, inputs):
        return answer.mlp_loss(inputs["params"], inputs["X"], inputs["y"], inputs["reg"])


@probe(task=2, points=1, seeds=2, tolerance=T64, kind="edge")
class UnitsAtTheCorner:
    "a hidden unit whose input is exactly zero passes no message, one with a tiny positive input does"

    def make(rng):
        made = network(rng, 3, 4, 5, 3, 2, reg=0.0)
        for layer, unit, bias in (("1", 2, 0.0), ("2", 1, 0.0), ("1", 3, 1e-6), ("2", 2, 1e-6)):
            made["params"]["W" + layer][:, unit] = 0.0
            made["params"]["b" + layer][unit] = bias
        return made

    def ask(answer, inputs):
        _, grads = answer.mlp_loss(inputs["params"], inputs["X"], inputs["y"], inputs["reg"])
        return grads


@probe(task=2, points=1, seeds=2, tolerance=T32, kind="gradient")
class GradientsInFloat32:
    "float32 in, float32 gradients out"

    def make(rng):
        return in_float32(network(rng, 4, 5, 3, 6, 2))

    def ask(answer, inputs):
        _, grads = answer.mlp_loss(inputs["params"], inputs["X"], inputs["y"], inputs["reg"])
        return grads
