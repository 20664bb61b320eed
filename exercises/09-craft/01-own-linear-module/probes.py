"""Values, names, gradients, copies and training of a layer and of a stack; the first draws only veto."""

import copy
from itertools import product

import numpy as np
import torch
from probing import backward, filled, round_trips, state

from grader.language import EXACT, T32, T64, T64n, calls, probe, residual, travels


def layer(rng, d_in, d_out, bias=True):
    w = {"weight": rng.standard_normal((d_out, d_in))}
    return w | ({"bias": rng.standard_normal(d_out)} if bias else {})


def case(rng, shape, d_out, bias=True):
    return {
        "w": layer(rng, shape[-1], d_out, bias),
        "x": rng.standard_normal(shape),
        "made": [shape[-1], d_out, bias],
    }


# ---- one layer -----------------------------------------------------------------------------------


@travels
def values(answer, c):
    """The values for x, its state, x itself afterwards; the same for an x that does not lie in one piece."""
    net = filled(answer.MyLinear(*c["made"]), c["w"])
    x = torch.tensor(c["x"])
    gaps = torch.tensor(np.repeat(c["x"], 2, axis=-1))[..., ::2]
    turned = torch.tensor(c["x"].T.copy()).permute(*range(x.dim() - 1, -1, -1))
    y = net(x)
    return {
        "y": y,
        "y of a view": net(gaps),
        "y of axes turned": net(turned),
        "x": x,
        "state_dict": state(net),
    }


def values_by_hand(c):
    w = c["w"]
    y = (c["x"][..., None, :] * w["weight"]).sum(axis=-1) + w.get("bias", 0.0)
    return {"y": y, "y of a view": y, "y of axes turned": y, "x": c["x"], "state_dict": w}


@calls({1: values}, truth=values_by_hand, visible=True, seeds=2, tolerance=T64)
def Values(rng):
    "the values of a layer with given weights"
    return case(rng, (3, 4), 2)


@calls({1: values}, truth=values_by_hand, points=2, tolerance=T64)
def ManyAxes(rng):
    "one row without an axis of rows, three and four axes, no rows at all, single numbers, no bias"
    return [
        case(rng, (4,), 3),
        case(rng, (1, 4), 3, False),
        case(rng, (2, 3, 5), 4),
        case(rng, (2, 1, 3, 4), 5, False),
        case(rng, (0, 3), 2),
        case(rng, (5, 1), 3),
        case(rng, (6, 3), 1),
        case(rng, (4, 4), 4),
    ]


@calls({1: values}, seeds=2, tolerance=T32)
def ValuesInFloat32(rng):
    "the same in float32"
    made = case(rng, (3, 2, 6), 5)
    w = {name: array.astype(np.float32) for name, array in made["w"].items()}
    return made | {"w": w, "x": made["x"].astype(np.float32)}


@travels
def held(net):
    """What a module says it holds: parameters and buffers with shape and type, and what learns."""
    told = [(name, list(p.shape), str(p.dtype), p.requires_grad) for name, p in net.named_parameters()]
    return [told, [(name, list(b.shape), str(b.dtype)) for name, b in net.named_buffers()]]


@probe(task=1, seeds=2, veto=True, tolerance=EXACT)
class WhatALayerHolds:
    "the names, shapes and types of what a new layer holds, also where the default type is another"

    def make(rng):
        return {"sizes": [int(n) for n in rng.permutation([3, 5, 7])[:2]]}

    def ask(answer, inputs):
        found, before = [], torch.get_default_dtype()
        for dtype in (torch.float32, torch.float64):
            torch.set_default_dtype(dtype)
            try:
                with_bias, without = (answer.MyLinear(*inputs["sizes"], bias=bias) for bias in (True, False))
            finally:
                torch.set_default_dtype(before)
            kinds = [isinstance(with_bias, torch.nn.Module), isinstance(with_bias.weight, torch.nn.Parameter)]
            keys = [sorted(net.state_dict()) for net in (with_bias, without)]
            found.append([held(with_bias), held(without), without.bias is None, kinds, keys])
        return found

    def truth(inputs):
        d_in, d_out = inputs["sizes"]
        found = []
        for name in ("torch.float32", "torch.float64"):
            w, b = ("weight", [d_out, d_in], name, True), ("bias", [d_out], name, True)
            keys = [["bias", "weight"], ["weight"]]
            found.append([[[w, b], []], [[w], []], True, [True, True], keys])
        return found


@probe(task=1, points=2, seeds=2, tolerance=T64n, kind="gradient", wrt=("w", "x"))
class Gradients:
    "the gradients of weight, bias and x"

    def make(rng):
        return case(rng, (2, 3, 4), 5) | {"message": rng.standard_normal((2, 3, 5))}

    def ask(answer, inputs):
        net = filled(answer.MyLinear(*inputs["made"]), inputs["w"])
        _, (dx,), grads = backward(net, inputs["x"], message=inputs["message"])
        return [{name: grads[name] for name in inputs["w"]}, dx]

    def value(answer, inputs):
        net = filled(answer.MyLinear(*inputs["made"]), inputs["w"])
        return (net(torch.tensor(inputs["x"])) * torch.tensor(inputs["message"])).sum().item()

    def truth(inputs):
        m, x = inputs["message"].reshape(6, 5), inputs["x"].reshape(6, 4)
        return [{"weight": m.T @ x, "bias": m.sum(axis=0)}, inputs["message"] @ inputs["w"]["weight"]]


@probe(task=1, points=2, seeds=2, tolerance=T64n, kind="gradient")
class FrozenSharedAndReplaced:
    "gradients with a frozen weight or bias, without a bias, of a layer used twice, of another weight put in"

    def make(rng):
        return {
            "one": case(rng, (3, 4), 4),
            "two": case(rng, (5, 4), 4, False),
            "other": rng.standard_normal((4, 4)),
            "message": rng.standard_normal((3, 4)),
            "message2": rng.standard_normal((5, 4)),
        }

    def ask(answer, inputs):
        one, two = (filled(answer.MyLinear(*inputs[c]["made"]), inputs[c]["w"]) for c in ("one", "two"))
        x, message = torch.tensor(inputs["one"]["x"]), torch.tensor(inputs["message"])
        one.weight.requires_grad_(False)
        one(x).backward(message)
        frozen = [one.weight.grad, one.bias.grad.clone()]
        one.weight.requires_grad_(True)
        one.zero_grad()
        one.bias.requires_grad_(False)
        y = one(x)
        y.backward(message)
        frozen_bias = [y.detach(), one.weight.grad.clone(), one.bias.grad]
        one.bias.requires_grad_(True)
        one.zero_grad()
        one(one(x)).backward(message)
        twice = [one.weight.grad.clone(), one.bias.grad.clone()]
        first = backward(two, inputs["two"]["x"], message=inputs["message2"])
        two.weight = torch.nn.Parameter(torch.tensor(inputs["other"]))
        put_in = backward(two, inputs["two"]["x"], message=inputs["message2"])
        two.weight = one.weight
        shared = two(x)
        return {
            "frozen": frozen,
            "frozen bias": frozen_bias,
            "twice": twice,
            "no bias": first,
            "put in": put_in,
            "shared": shared,
        }

    def truth(inputs):
        W, b, x, m = *inputs["one"]["w"].values(), inputs["one"]["x"], inputs["message"]
        h = x @ W.T + b
        twice = [m.T @ h + (m @ W).T @ x, m.sum(axis=0) + (m @ W).sum(axis=0)]
        found, x2, m2 = [], inputs["two"]["x"], inputs["message2"]
        for V in (inputs["two"]["w"]["weight"], inputs["other"]):
            found.append([x2 @ V.T, [m2 @ V], {"weight": m2.T @ x2}])
        frozen = [None, m.sum(axis=0)]
        return {
            "frozen": frozen,
            "frozen bias": [h, m.T @ x, None],
            "twice": twice,
            "no bias": found[0],
            "put in": found[1],
            "shared": x @ W.T,
        }


@travels
def trips(net, fresh, c):
    """Saved and loaded, deep-copied, turned into float32 and back, and two that share nothing."""
    told = round_trips(net, fresh, c["x"])
    twin = copy.deepcopy(net)
    narrow = twin.to(torch.float32)(torch.tensor(c["x"]).float())
    back = twin.to(torch.float64)(torch.tensor(c["x"]).float().double())
    return {"trips": told, "float32": narrow, "float64 again": back, "state_dict": state(net)}


@probe(task=1, seeds=2, tolerance=T32)
class SavedCopiedAndConverted:
    "a layer that was saved, loaded, copied and converted"

    def make(rng):
        return case(rng, (3, 4), 5)

    def ask(answer, inputs):
        net, fresh = (answer.MyLinear(*inputs["made"]) for _ in range(2))
        return trips(filled(net, inputs["w"]), fresh, inputs)

    def truth(inputs):
        y = inputs["x"] @ inputs["w"]["weight"].T + inputs["w"]["bias"]
        return {
            "trips": [y] * 3,
            "float32": y.astype(np.float32),
            "float64 again": y,
            "state_dict": inputs["w"],
        }


@travels
def steps(net, c):
    """Three steps of an optimizer that holds what the module calls its parameters."""
    optimizer = torch.optim.SGD(net.parameters(), lr=c["lr"], momentum=0.9)
    x, target, losses = torch.tensor(c["x"]), torch.tensor(c["target"]), []
    for _ in range(3):
        loss = ((net(x) - target) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return {"losses": losses, "state_dict": state(net)}


def descend(c, forward, learns):
    """The same three steps, with gradients by autograd in plain tensors and the update written out."""
    w = {name: torch.tensor(array) for name, array in c["w"].items()}
    velocity, losses = {name: 0.0 for name in learns}, []
    for _ in range(3):
        leaves = {name: w[name].detach().requires_grad_() for name in learns}
        loss = ((forward(w | leaves, torch.tensor(c["x"])) - torch.tensor(c["target"])) ** 2).mean()
        losses.append(loss.item())
        for name, grad in zip(leaves, torch.autograd.grad(loss, list(leaves.values())), strict=True):
            velocity[name] = 0.9 * velocity[name] + grad
            w[name] = w[name] - c["lr"] * velocity[name]
    return {"losses": losses, "state_dict": w}


@probe(task=1, seeds=2, tolerance=T64n)
class ThreeSteps:
    "three steps of an optimizer that holds the parameters of a layer"

    def make(rng):
        made = case(rng, (7, 4), 3)
        return made | {"target": rng.standard_normal((7, 3)), "lr": float(rng.uniform(0.1, 0.3))}

    def ask(answer, inputs):
        return steps(filled(answer.MyLinear(*inputs["made"]), inputs["w"]), inputs)

    def truth(inputs):
        return descend(inputs, lambda w, x: x @ w["weight"].T + w["bias"], ("weight", "bias"))


@probe(task=1, seeds=3, judge=residual(below=1.0), veto=True)
class FirstNumbers:
    "the first numbers of new layers: evenly drawn, the same after the same seed, different without"

    def make(rng):
        return {"seed": int(rng.integers(2**31)), "made": [int(rng.integers(30, 60)), 400]}

    def ask(answer, inputs):
        drawn = []
        for _ in range(2):
            torch.manual_seed(inputs["seed"])
            drawn += [answer.MyLinear(*inputs["made"]) for _ in range(2)]
        return [
            np.concatenate([each.bias.detach().numpy()[:, None], each.weight.detach().numpy()], axis=1)
            for each in drawn
        ]

    def judge(inputs, got):
        """The worst of: the distance of Kolmogorov and Smirnov, and how alike two are that should differ.

        1 is what chance allows; from there on it is said what is not as it should be.
        """
        d_in, d_out = inputs["made"]
        if (
            not isinstance(got, list)
            or len(got) != 4
            or any(np.shape(one) != (d_out, d_in + 1) for one in got)
        ):
            return "a new layer needs a `weight` of shape [d_out, d_in] and a `bias` of shape [d_out]."
        tables = [np.asarray(one, dtype=np.float64) for one in got]
        a, b, again, b_again = tables
        parts = [("bias", one[:, 0]) for one in tables] + [("weight", one[:, 1:].ravel()) for one in tables]
        for name, part in parts:
            if not (np.isfinite(part).all() and np.abs(part).max() <= 1.001 / np.sqrt(d_in)):
                return f"some first numbers of `{name}` lie outside -1/√d_in to 1/√d_in."
        if not np.array_equal(a, again) or not np.array_equal(b, b_again):
            return (
                "after the same `torch.manual_seed` different first numbers came. Draw them with PyTorch, "
                "and from nothing else."
            )
        if np.array_equal(a, b):
            return "two layers, made one after the other, begin with the same numbers. Set no seed yourself."
        worst = 0.0
        for name, part in parts[:2] + parts[4:6]:
            u = np.sort(part * np.sqrt(d_in) / 2 + 0.5)
            n = len(u)
            gap = max(np.abs(u - np.arange(n) / n).max(), np.abs(u - np.arange(1, n + 1) / n).max())
            worst = max(worst, gap * np.sqrt(n) / 2.8)
            if worst > 1:
                return (
                    f"the first numbers of `{name}` are not drawn evenly from -1/√d_in to 1/√d_in: "
                    "they do not fill that range, or some parts of it more than others."
                )
        pairs = [(a, b), (a[:, 0], a[:, 1]), (a[1:], a[:-1]), (a[:, 1:], a[:, :-1])]
        for one, other in pairs:
            size = np.linalg.norm(one) * np.linalg.norm(other)
            alike = abs(float((one * other).sum())) / size if size > 0 else 1.0
            worst = max(worst, alike * np.sqrt(one.size) / 5.5)
            if worst > 1:
                return "some first numbers are copies of others, or nearly. Draw each of them by itself."
        return float(worst)


# ---- a stack -------------------------------------------------------------------------------------


def stack(rng, sizes, bias=True):
    w = {"mean": rng.standard_normal(sizes[0]), "scale": rng.uniform(0.5, 2, sizes[0])}
    for number, (d_in, d_out) in enumerate(zip(sizes, sizes[1:], strict=False)):
        for name, array in layer(rng, d_in, d_out, bias).items():
            w[f"layers.{number}.{name}"] = array
    return w


def stack_case(rng, sizes, lead=(3,), bias=True):
    return {"w": stack(rng, sizes, bias), "x": rng.standard_normal((*lead, sizes[0])), "made": [sizes, bias]}


def stack_by_hand(w, x):
    """Values of the stack; works on numpy arrays and on tensors."""
    h, number = (x - w["mean"]) / w["scale"], 0
    while f"layers.{number}.weight" in w:
        h = h @ w[f"layers.{number}.weight"].T + w.get(f"layers.{number}.bias", 0.0)
        number += 1
        if f"layers.{number}.weight" in w:
            h = h * (h > 0)
    return h


@travels
def made(answer, c):
    return filled(answer.MyMLP(list(c["made"][0]), c["made"][1]), c["w"])


@travels
def stack_values(answer, c):
    sizes, x = c["made"][0], torch.tensor(c["x"])
    net = filled(answer.MyMLP(sizes, c["made"][1]), c["w"])
    first = net(x)
    return {"y": first, "y again": net(x), "x": x, "sizes": sizes, "state_dict": state(net)}


def stack_values_by_hand(c):
    y = stack_by_hand(c["w"], c["x"])
    return {"y": y, "y again": y, "x": c["x"], "sizes": c["made"][0], "state_dict": c["w"]}


@calls({2: stack_values}, truth=stack_values_by_hand, visible=True, seeds=2, tolerance=T64n)
def StackValues(rng):
    "the values of two layers with given weights and buffers"
    return stack_case(rng, [4, 3, 2])


@calls({2: stack_values}, truth=stack_values_by_hand, points=2, tolerance=T64n)
def ManyStacks(rng):
    "one layer, four layers, no biases, equal widths, one row, three axes, no rows"
    return [
        stack_case(rng, [4, 3]),
        stack_case(rng, [3, 5, 4, 6, 2], (4,)),
        stack_case(rng, [5, 4, 3], (2, 3), False),
        stack_case(rng, [3, 3, 3], ()),
        stack_case(rng, [1, 2, 1], (1,)),
        stack_case(rng, [2, 3, 4], (0,)),
    ]


@calls({2: stack_values}, seeds=2, tolerance=T32)
def StacksInFloat32(rng):
    "the same in float32"
    made = stack_case(rng, [6, 5, 4, 3], (7,))
    w = {name: array.astype(np.float32) for name, array in made["w"].items()}
    return made | {"w": w, "x": made["x"].astype(np.float32)}


@probe(task=2, seeds=2, veto=True, tolerance=EXACT)
class WhatAStackHolds:
    "what a new stack holds, in two default types: parameters in their order, buffers, and their first values"

    def make(rng):
        return {"sizes": [int(n) for n in rng.permutation([2, 3, 5, 7])]}

    def ask(answer, inputs):
        found, before = [], torch.get_default_dtype()
        for dtype, bias in product((torch.float32, torch.float64), (True, False)):
            torch.set_default_dtype(dtype)
            try:
                net = answer.MyMLP(inputs["sizes"], bias=bias)
            finally:
                torch.set_default_dtype(before)
            kinds = all(isinstance(part, answer.MyLinear) for part in net.layers)
            found.append([held(net), kinds, net.mean, net.scale])
        return found

    def truth(inputs):
        sizes, found = inputs["sizes"], []
        for kind, bias in product((np.float32, np.float64), (True, False)):
            told, t = [], f"torch.{kind.__name__}"
            buffers = [("mean", [sizes[0]], t), ("scale", [sizes[0]], t)]
            for k in range(3):
                told.append((f"layers.{k}.weight", [sizes[k + 1], sizes[k]], t, True))
                if bias:
                    told.append((f"layers.{k}.bias", [sizes[k + 1]], t, True))
            found.append([[told, buffers], True, np.zeros(sizes[0], kind), np.ones(sizes[0], kind)])
        return found


@probe(task=2, points=2, seeds=2, tolerance=T64n, kind="gradient", wrt=("w", "x"))
class StackGradients:
    "the gradients of every parameter and of x"

    def make(rng):
        made = stack_case(rng, [3, 5, 4, 2], (2, 3))
        held = {name: made["w"].pop(name) for name in ("mean", "scale")}
        return made | {"held": held, "message": rng.standard_normal((2, 3, 2))}

    def ask(answer, inputs):
        net = made(answer, inputs | {"w": inputs["held"] | inputs["w"]})
        _, (dx,), grads = backward(net, inputs["x"], message=inputs["message"])
        return [grads, dx]

    def value(answer, inputs):
        net = made(answer, inputs | {"w": inputs["held"] | inputs["w"]})
        return (net(torch.tensor(inputs["x"])) * torch.tensor(inputs["message"])).sum().item()

    def truth(inputs):
        w = {name: torch.tensor(array, requires_grad=True) for name, array in inputs["w"].items()}
        x = torch.tensor(inputs["x"], requires_grad=True)
        held = {name: torch.tensor(array) for name, array in inputs["held"].items()}
        stack_by_hand(held | w, x).backward(torch.tensor(inputs["message"]))
        return [{name: tensor.grad for name, tensor in w.items()}, x.grad]


@probe(task=2, seeds=2, tolerance=T32)
class StackSavedCopiedAndConverted:
    "a stack that was saved, loaded, copied and converted"

    def make(rng):
        return stack_case(rng, [4, 3, 5])

    def ask(answer, inputs):
        return trips(made(answer, inputs), answer.MyMLP(list(inputs["made"][0])), inputs)

    def truth(inputs):
        y = stack_by_hand(inputs["w"], inputs["x"])
        return {
            "trips": [y] * 3,
            "float32": y.astype(np.float32),
            "float64 again": y,
            "state_dict": inputs["w"],
        }


@probe(task=2, points=2, seeds=2, tolerance=T64n)
class StackThreeSteps:
    "three steps of an optimizer that holds the parameters of a stack: everything moves but the buffers"

    def make(rng):
        made = stack_case(rng, [4, 5, 3], (6,))
        return made | {"target": rng.standard_normal((6, 3)), "lr": float(rng.uniform(0.02, 0.05))}

    def ask(answer, inputs):
        return steps(made(answer, inputs), inputs)

    def truth(inputs):
        return descend(inputs, stack_by_hand, [name for name in inputs["w"] if "layers" in name])
