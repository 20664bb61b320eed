"""What the bench asks of a torch exercise: a module's values, its gradients, and twenty steps of training."""

import torch

from grader.language import T64, T64n, probe, travels


@travels
def filled(answer, inputs):
    """The learner's layer in float64, with the weights of the inputs."""
    d_out, d_in = inputs["W"].shape
    layer = answer.MyLinear(d_in, d_out).double()
    layer.load_state_dict({"weight": torch.tensor(inputs["W"]), "bias": torch.tensor(inputs["b"])})
    return layer


def some(rng, *shape, d_out=3):
    """Inputs of a layer: x of the given shape, weights and a bias that is not zero."""
    return {
        "x": rng.standard_normal(shape),
        "W": 0.5 * rng.standard_normal((d_out, shape[-1])),
        "b": rng.standard_normal(d_out),
    }


@probe(task=1, points=1, visible=True, seeds=2, tolerance=T64)
class Batch:
    "A batch of rows"

    def make(rng):
        return some(rng, 4, 5)

    def ask(answer, inputs):
        return filled(answer, inputs)(torch.tensor(inputs["x"]))


@probe(task=1, points=1, seeds=2, tolerance=T64)
class Sequences:
    "A batch of sequences"

    def make(rng):
        return some(rng, 2, 7, 5)

    def ask(answer, inputs):
        return filled(answer, inputs)(torch.tensor(inputs["x"]))


@probe(task=1, points=2, seeds=2, tolerance=T64)
class Gradients:
    "Gradients of the input, the weight and the bias"

    def make(rng):
        return some(rng, 4, 5) | {"dout": rng.standard_normal((4, 3))}

    def ask(answer, inputs):
        layer = filled(answer, inputs)
        x = torch.tensor(inputs["x"], requires_grad=True)
        layer(x).backward(torch.tensor(inputs["dout"]))
        return x.grad, layer.weight.grad, layer.bias.grad


@probe(task=2, points=1, visible=True, seeds=2, tolerance=T64)
class OneStep:
    "One step"

    def make(rng):
        return some(rng, 6, 5) | {"y": rng.standard_normal((6, 3))}

    def ask(answer, inputs):
        layer = filled(answer, inputs)
        losses = answer.descend(layer, torch.tensor(inputs["x"]), torch.tensor(inputs["y"]), 0.1, 1)
        return losses, layer.weight, layer.bias


@probe(task=2, points=2, seeds=2, tolerance=T64n)
class TwentySteps:
    "Twenty steps"

    def make(rng):
        return some(rng, 64, 32, d_out=10) | {"y": rng.standard_normal((64, 10))}

    def ask(answer, inputs):
        layer = filled(answer, inputs)
        losses = answer.descend(layer, torch.tensor(inputs["x"]), torch.tensor(inputs["y"]), 0.1, 20)
        return losses, layer.weight, layer.bias
