"""A small library: what Modules find, what layers compute, how the optimiser moves, what training reports."""

import numpy as np

from grader.language import EXACT, T64, T64n, band, probe, travels


@travels
def net(Module, Tensor, inputs):
    """Modules inside Modules, lists of both, a shared Tensor, and attributes that are no parameters."""

    class Inner(Module):
        def __init__(self, w):
            self.note = "not a parameter"
            self.w = Tensor(w.copy())

        def forward(self, x):
            return x * self.w

    class Outer(Module):
        def __init__(self):
            self.scale = Tensor(inputs["scale"].copy())
            self.first = Inner(inputs["first"])
            self.size = 3
            self.blocks = [Inner(w) for w in inputs["blocks"]]
            self.again = self.first
            self.loose = (self.blocks[0].w, Tensor(inputs["loose"].copy()))
            self.table = np.zeros(2)
            self.last = Inner(inputs["last"])

        def forward(self, x):
            return self.last(self.blocks[1](self.first(x * self.scale)))

    return Outer()


@travels
def contents(state):
    """A dictionary of arrays as a list, so that its order counts too."""
    return [[name, np.array(array)] for name, array in state.items()]


@travels
def network(answer, weights):
    """Two linear layers with tanh between, filled with the given weights."""
    rng = np.random.default_rng(0)
    (d_in, hidden), (_, d_out) = weights["W1"].shape, weights["W2"].shape
    model = answer.Sequential(
        answer.Linear(d_in, hidden, rng), answer.Tensor.tanh, answer.Linear(hidden, d_out, rng)
    )
    for (_, tensor), name in zip(model.named_parameters(), ("W1", "b1", "W2", "b2"), strict=True):
        tensor.data = weights[name].copy()
    return model


def parts(rng):
    def some():
        return rng.standard_normal(tuple(int(n) for n in rng.integers(1, 4, int(rng.integers(1, 3)))))

    names = ("scale", "first", "loose", "last")
    return {name: some() for name in names} | {"blocks": [some(), some()]}


def task(rng, d_in=2, hidden=5, d_out=3, rows=7, batches=3):
    weights = {
        "W1": rng.standard_normal((d_in, hidden)),
        "b1": 0.5 * rng.standard_normal(hidden),
        "W2": rng.standard_normal((hidden, d_out)),
        "b2": 0.5 * rng.standard_normal(d_out),
    }
    return {
        "weights": weights,
        "X": rng.standard_normal((rows, d_in)),
        "y": rng.integers(0, d_out, rows),
        "batches": [rng.permutation(rows)[: int(rng.integers(2, rows))] for _ in range(batches)],
        "lr": float(rng.uniform(0.1, 0.3)),
        "momentum": float(rng.uniform(0.5, 0.9)),
    }


def by_hand(inputs):
    """The same training with gradients written out by hand and no engine at all."""
    w = {name: value.copy() for name, value in inputs["weights"].items()}
    v = {name: np.zeros(value.shape) for name, value in w.items()}
    losses = []
    for rows in inputs["batches"]:
        x, y = inputs["X"][rows], inputs["y"][rows]
        h = np.tanh(x @ w["W1"] + w["b1"])
        z = h @ w["W2"] + w["b2"]
        p = np.exp(z - z.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        losses.append(float(-np.log(p[np.arange(len(y)), y]).mean()))
        p[np.arange(len(y)), y] -= 1
        d = p / len(y)
        back = d @ w["W2"].T * (1 - h * h)
        for name, g in {"W1": x.T @ back, "b1": back.sum(axis=0), "W2": h.T @ d, "b2": d.sum(axis=0)}.items():
            v[name] = inputs["momentum"] * v[name] + g
            w[name] = w[name] - inputs["lr"] * v[name]
    return [losses, [w[name] for name in ("W1", "b1", "W2", "b2")]]


def moves(rng, steps):
    shapes = [(2, 3), (3,), ()]
    return {
        "start": [np.asarray(rng.standard_normal(shape)) for shape in shapes],
        "grads": [[np.asarray(rng.standard_normal(shape)) for shape in shapes] for _ in range(steps)],
        "lrs": [float(lr) for lr in rng.uniform(0.01, 0.3, steps)],
        "momentum": float(rng.uniform(0.5, 0.95)),
    }


@travels
def run(optimizer, tensors, inputs):
    trace = []
    for grads, lr in zip(inputs["grads"], inputs["lrs"], strict=True):
        optimizer.lr = lr
        for tensor, grad in zip(tensors, grads, strict=True):
            tensor.grad = grad.copy()
        optimizer.step()
        trace.append([np.array(tensor.data) for tensor in tensors])
    return trace


def trajectory(inputs, momentum):
    p = [a.copy() for a in inputs["start"]]
    v = [np.zeros(a.shape) for a in p]
    trace = []
    for grads, lr in zip(inputs["grads"], inputs["lrs"], strict=True):
        v = [momentum * a + g for a, g in zip(v, grads, strict=True)]
        p = [a - lr * b for a, b in zip(p, v, strict=True)]
        trace.append([np.asarray(a) for a in p])
    return trace


@probe(task=1, points=1, visible=True, seeds=2, tolerance=EXACT)
class NamesAndShapes:
    "names and values of all parameters of a nested Module"

    def make(rng):
        return parts(rng)

    def ask(answer, inputs):
        found = net(answer.Module, answer.Tensor, inputs).named_parameters()
        return [[name, np.array(tensor.data)] for name, tensor in found]

    def truth(inputs):
        return [
            ["scale", inputs["scale"]],
            ["first.w", inputs["first"]],
            ["blocks.0.w", inputs["blocks"][0]],
            ["blocks.1.w", inputs["blocks"][1]],
            ["loose.1", inputs["loose"]],
            ["last.w", inputs["last"]],
        ]


@probe(task=1, points=1, seeds=2, tolerance=EXACT)
class ParametersAndZeroGrad:
    "parameters() gives the same Tensors, and zero_grad clears all of them"

    def make(rng):
        return parts(rng)

    def ask(answer, inputs):
        model = net(answer.Module, answer.Tensor, inputs)
        listed = model.parameters()
        for tensor in listed:
            tensor.grad = np.ones(tensor.data.shape)
        before = [np.array(tensor.grad) for tensor in model.parameters()]
        model.zero_grad()
        cleared = [np.array(tensor.grad) for tensor in listed]
        return [[np.array(tensor.data) for tensor in listed], before, cleared]


@probe(task=1, points=1, visible=True, seeds=2, tolerance=EXACT)
class StateRoundTrip:
    "state, a change, and load_state back"

    def make(rng):
        return parts(rng)

    def ask(answer, inputs):
        model = net(answer.Module, answer.Tensor, inputs)
        saved = model.state()
        for tensor in model.parameters():
            tensor.data = tensor.data * 0 + 7.0
        changed = contents(model.state())
        model.load_state(saved)
        return [contents(saved), changed, contents(model.state())]


@probe(task=1, points=1, seeds=2, tolerance=EXACT)
class StateIsACopy:
    "changing parameters in place leaves a saved state alone, before and after loading it"

    def make(rng):
        return parts(rng)

    def ask(answer, inputs):
        model = net(answer.Module, answer.Tensor, inputs)
        held = model.parameters()
        saved = model.state()
        for tensor in held:
            tensor.data[...] = 5.0
        first = contents(saved)
        model.load_state(saved)
        loaded = [np.array(tensor.data) for tensor in held]
        for tensor in model.parameters():
            tensor.data[...] = 6.0
        return [first, loaded, contents(saved), [np.array(tensor.data) for tensor in held]]


@probe(task=2, points=1, visible=True, seeds=2, tolerance=T64)
class LinearLayer:
    "first weights of a Linear layer, what it computes, and its gradients"

    def make(rng):
        return {
            "sizes": [int(n) for n in rng.integers(2, 6, 2)],
            "seed": int(rng.integers(2**31)),
            "x": rng.standard_normal((4, 6)),
            "g": rng.standard_normal((4, 6)),
        }

    def ask(answer, inputs):
        d_in, d_out = inputs["sizes"]
        layer = answer.Linear(d_in, d_out, np.random.default_rng(inputs["seed"]))
        x = answer.Tensor(inputs["x"][:, :d_in])
        out = layer(x)
        out.backward(inputs["g"][:, :d_out])
        return [out.data, x.grad, layer.W.data, layer.b.data, layer.W.grad, layer.b.grad]

    def truth(inputs):
        d_in, d_out = inputs["sizes"]
        W = np.random.default_rng(inputs["seed"]).standard_normal((d_in, d_out)) * np.sqrt(2 / d_in)
        x, g = inputs["x"][:, :d_in], inputs["g"][:, :d_out]
        return [x @ W, g @ W.T, W, np.zeros(d_out), x.T @ g, g.sum(axis=0)]


@probe(task=2, points=2, seeds=3, tolerance=T64)
class LayersInARow:
    "Sequential with Linear layers, functions and another Sequential inside"

    def make(rng):
        return {
            "x": rng.standard_normal((3, 2)),
            "seed": int(rng.integers(2**31)),
            "b": rng.standard_normal(5),
        }

    def ask(answer, inputs):
        rng = np.random.default_rng(inputs["seed"])
        inner = answer.Sequential(answer.Linear(4, 5, rng), answer.Tensor.relu)
        model = answer.Sequential(
            answer.Linear(2, 4, rng), answer.Tensor.tanh, inner, answer.Linear(5, 3, rng), lambda t: t * 2.0
        )
        inner.layers[0].b.data = inputs["b"].copy()
        out = model(answer.Tensor(inputs["x"]))
        out.sum().backward()
        names = [name for name, _ in model.named_parameters()]
        return [out.data, names, [tensor.grad for _, tensor in model.named_parameters()]]


@probe(task=2, points=1, kind="gradient", wrt=("weights", "x"), seeds=2, tolerance=T64)
class GradientsOfANetwork:
    "the gradients of a whole network: of every weight, and of its input"

    def make(rng):
        made = task(rng, d_in=3, hidden=4, d_out=2, rows=5)
        return {"weights": made["weights"], "x": made["X"], "g": rng.standard_normal((5, 2))}

    def ask(answer, inputs):
        model = network(answer, inputs["weights"])
        x = answer.Tensor(inputs["x"].copy())
        model(x).backward(inputs["g"])
        grads = [tensor.grad for tensor in model.parameters()]
        return [dict(zip(("W1", "b1", "W2", "b2"), grads, strict=True)), x.grad]

    def value(answer, inputs):
        return (network(answer, inputs["weights"])(answer.Tensor(inputs["x"])).data * inputs["g"]).sum()

    def truth(inputs):
        w, x, g = inputs["weights"], inputs["x"], inputs["g"]
        h = np.tanh(x @ w["W1"] + w["b1"])
        back = g @ w["W2"].T * (1 - h * h)
        grads = {"W1": x.T @ back, "b1": back.sum(axis=0), "W2": h.T @ g, "b2": g.sum(axis=0)}
        return [grads, back @ w["W1"].T]


@probe(task=3, points=1, visible=True, seeds=2, tolerance=T64)
class PlainSteps:
    "two steps without momentum"

    def make(rng):
        return moves(rng, 2)

    def ask(answer, inputs):
        tensors = [answer.Tensor(a.copy()) for a in inputs["start"]]
        return run(answer.SGD(tensors, inputs["lrs"][0]), tensors, inputs)

    def truth(inputs):
        return trajectory(inputs, 0.0)


@probe(task=3, points=2, seeds=3, tolerance=T64n)
class StepsWithMomentum:
    "thirty steps with momentum, while somebody changes the learning rate"

    def make(rng):
        return moves(rng, 30)

    def ask(answer, inputs):
        tensors = [answer.Tensor(a.copy()) for a in inputs["start"]]
        return run(answer.SGD(tensors, 0.1, momentum=inputs["momentum"]), tensors, inputs)

    def truth(inputs):
        return trajectory(inputs, inputs["momentum"])


@probe(task=4, points=1, visible=True, seeds=2, tolerance=T64n)
class ThreeSteps:
    "losses and weights of three steps on a small problem"

    def make(rng):
        return task(rng)

    def ask(answer, inputs):
        model = network(answer, inputs["weights"])
        optimizer = answer.SGD(model.parameters(), inputs["lr"], inputs["momentum"])
        losses = answer.train(model, optimizer, inputs["X"], inputs["y"], inputs["batches"])
        return [losses, [tensor.data for tensor in model.parameters()]]

    def truth(inputs):
        return by_hand(inputs)


@probe(task=4, points=2, seeds=3, tolerance=T64n)
class ThirtySteps:
    "losses and weights of thirty steps, with batches of all sizes"

    def make(rng):
        return task(rng, d_in=4, hidden=6, d_out=5, rows=20, batches=30)

    def ask(answer, inputs):
        model = network(answer, inputs["weights"])
        optimizer = answer.SGD(model.parameters(), inputs["lr"], inputs["momentum"])
        losses = answer.train(model, optimizer, inputs["X"], inputs["y"], inputs["batches"])
        return [losses, [tensor.data for tensor in model.parameters()]]

    def truth(inputs):
        return by_hand(inputs)


@probe(task=4, points=1, seeds=1, tolerance=T64n, memory_mb=96, seconds=30)
class MemoryStaysFlat:
    "four hundred steps on large batches, in little memory"

    def make(rng):
        made = task(rng, d_in=10, hidden=64, d_out=4, rows=512, batches=1)
        return made | {"batches": [rng.permutation(512)], "lr": 0.05}

    def ask(answer, inputs):
        model = network(answer, inputs["weights"])
        optimizer = answer.SGD(model.parameters(), inputs["lr"], inputs["momentum"])
        losses = answer.train(model, optimizer, inputs["X"], inputs["y"], inputs["batches"] * 400)
        return [losses[0], losses[100], losses[-1]]


@probe(task=4, points=1, seeds=2, judge=band(0.97, 1.0), veto=True, seconds=30)
class TwoSpirals:
    "the share of unseen points of two spirals that your trained network gets right"

    def make(rng):
        def points(count):
            arm, r = rng.integers(0, 2, count), rng.uniform(0.2, 1.0, count)
            angle = 6 * r + np.pi * arm
            at = np.stack([r * np.cos(angle), r * np.sin(angle)], axis=1)
            return at + 0.01 * rng.standard_normal(at.shape), arm

        X, y = points(200)
        return {"X": X, "y": y, "X_test": points(200)[0], "seed": int(rng.integers(2**31))}

    def ask(answer, inputs):
        rng = np.random.default_rng(inputs["seed"])
        tanh = answer.Tensor.tanh
        model = answer.Sequential(
            answer.Linear(2, 32, rng), tanh, answer.Linear(32, 32, rng), tanh, answer.Linear(32, 2, rng)
        )
        optimizer = answer.SGD(model.parameters(), 0.2, 0.9)
        answer.train(model, optimizer, inputs["X"], inputs["y"], [np.arange(200)] * 600)
        return model(answer.Tensor(inputs["X_test"])).data.argmax(axis=1)

    def judge(inputs, got):
        x, y = inputs["X_test"].T
        turn = np.arctan2(y, x) - 6 * np.hypot(x, y)
        arm = (np.cos(turn) < 0).astype(int)
        return float((got == arm).mean()) if np.shape(got) == arm.shape else 0.0
