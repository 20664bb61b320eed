"""A small library: what Modules find, what layers compute, how the optimiser moves, what training reports."""

import numpy as np

from grader.language import EXACT, T64n, band, calls, probe, travels


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
            self.deep = [[Inner(inputs["deep"][0]), Tensor(inputs["deep"][1].copy())], (), ["text"]]
            self.deep.append((4, [Tensor(inputs["deep"][2].copy()), self.scale]))
            self.by_name = {"w": Tensor(np.zeros(2))}
            self.bend = np.tanh
            self.last = Inner(inputs["last"])
            self._late = Tensor(inputs["late"].copy())

        def forward(self, x):
            return self.last(self.blocks[1](self.first(x * self.scale)))

    return Outer()


@travels
def contents(state):
    """A dictionary of arrays as a list, so that its order counts too."""
    return [[name, np.array(array)] for name, array in state.items()]


@travels
def filled(array, values):
    """The array, with these values written into it; a number, which numpy made of shape (), is replaced."""
    if not isinstance(array, np.ndarray):
        return np.array(values)
    array[...] = values
    return array


@travels
def network(answer, weights):
    """Two linear layers with tanh between, filled with the given weights."""
    rng = np.random.default_rng(0)
    (d_in, hidden), (_, d_out) = weights["W1"].shape, weights["W2"].shape
    layers = answer.Linear(d_in, hidden, rng), answer.Tensor.tanh, answer.Linear(hidden, d_out, rng)
    model = answer.Sequential(*layers)
    for (_, tensor), name in zip(model.named_parameters(), ("W1", "b1", "W2", "b2"), strict=True):
        tensor.data = weights[name].copy()
    return model


@travels
def trained(answer, inputs):
    """The layers inside a Module of another kind, whose gradients are left from an earlier training."""

    class Wrapped(answer.Module):
        def __init__(self, inner):
            self.inner = inner

        def forward(self, x):
            return self.inner(x)

    model = Wrapped(network(answer, inputs["weights"]))
    for tensor in model.parameters():
        tensor.grad = np.ones(tensor.data.shape)
    optimizer = answer.SGD(model.parameters(), inputs["lr"], inputs["momentum"])
    losses = answer.train(model, optimizer, inputs["X"], inputs["y"], inputs["batches"])
    return [losses, [tensor.data for tensor in model.parameters()]]


@travels
def moved(answer, inputs):
    tensors = [answer.Tensor(a.copy()) for a in inputs["start"]]
    optimizer = answer.SGD(tensors, inputs["lr"], **inputs["options"])
    twins = [answer.Tensor(a.copy()) for a in inputs["start"]]  # their gradients are filled in place
    follower = answer.SGD(twins, inputs["lr"], **inputs["options"])
    trace, handed = [], []
    for grads, lr in zip(inputs["grads"], inputs["lrs"], strict=True):
        optimizer.lr = lr
        for tensor, grad in zip(tensors, grads, strict=True):
            tensor.grad = grad.copy()
        handed.append([tensor.grad for tensor in tensors])
        optimizer.step()
        trace.append([np.array(array) for tensor in tensors for array in (tensor.data, tensor.grad)])
        follower.lr = lr
        for twin, grad in zip(twins, grads, strict=True):
            twin.grad = filled(twin.grad, grad)
        follower.step()
    followed = [np.array(twin.data) for twin in twins]
    return [trace, handed, followed]


def parts(rng):
    def some():
        return rng.standard_normal(tuple(int(n) for n in rng.integers(1, 4, int(rng.integers(1, 3)))))

    made = {name: some() for name in ("scale", "first", "loose", "last")}
    made["late"] = np.asarray(rng.standard_normal())
    return made | {"blocks": [some(), some()], "deep": [some() for _ in range(3)]}


def first_weights(rng, d_in, hidden, d_out):
    W1, b1 = rng.standard_normal((d_in, hidden)), 0.5 * rng.standard_normal(hidden)
    W2, b2 = rng.standard_normal((hidden, d_out)), 0.5 * rng.standard_normal(d_out)
    return {"W1": W1, "b1": b1, "W2": W2, "b2": b2}


def training(rng, d_in=2, hidden=5, d_out=3, rows=7, batches=3):
    return {
        "weights": first_weights(rng, d_in, hidden, d_out),
        "X": rng.standard_normal((rows, d_in)),
        "y": rng.integers(0, d_out, rows),
        "batches": [rng.permutation(rows)[: int(rng.integers(2, rows))] for _ in range(batches)],
        "lr": float(rng.uniform(0.1, 0.3)),
        "momentum": float(rng.uniform(0.5, 0.9)),
    }


def gradients(w, x, h, d):
    """The gradients of all weights and of x, written out by hand; d is that of the logits."""
    back = d @ w["W2"].T * (1 - h * h)
    grads = {"W1": x.T @ back, "b1": back.sum(axis=0), "W2": h.T @ d, "b2": d.sum(axis=0)}
    return [grads, back @ w["W1"].T]


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
        for name, g in gradients(w, x, h, p / len(y))[0].items():
            v[name] = inputs["momentum"] * v[name] + g
            w[name] = w[name] - inputs["lr"] * v[name]
    return [losses, [w[name] for name in ("W1", "b1", "W2", "b2")]]


def moves(rng, steps):
    shapes = [(2, 3), (3,), (), (3,)]
    return {
        "start": [np.asarray(rng.standard_normal(shape)) for shape in shapes],
        "grads": [[np.asarray(rng.standard_normal(shape)) for shape in shapes] for _ in range(steps)],
        "lrs": [float(lr) for lr in rng.uniform(0.01, 0.3, steps)],
    }


def trajectory(inputs):
    p, trace = [a.copy() for a in inputs["start"]], []
    v = [np.zeros(a.shape) for a in p]
    for grads, lr in zip(inputs["grads"], inputs["lrs"], strict=True):
        v = [inputs["options"].get("momentum", 0.0) * a + g for a, g in zip(v, grads, strict=True)]
        p = [a - lr * b for a, b in zip(p, v, strict=True)]
        trace.append([np.asarray(array) for pair in zip(p, grads, strict=True) for array in pair])
    return [trace, inputs["grads"], [np.asarray(array) for array in p]]


@probe(task=1, visible=True, seeds=2, tolerance=EXACT)
class NamesAndShapes:
    "names and values of all parameters of a nested Module"

    def make(rng):
        return parts(rng)

    def ask(answer, inputs):
        found = net(answer.Module, answer.Tensor, inputs).named_parameters()
        return [[name, np.array(tensor.data)] for name, tensor in found]

    def truth(inputs):
        scale, first, loose, last, late, (block, other), deep = inputs.values()
        names = ["scale", "first.w", "blocks.0.w", "blocks.1.w", "loose.1"]
        names += ["deep.0.0.w", "deep.0.1", "deep.3.1.0", "last.w", "_late"]
        return [[*pair] for pair in zip(names, (scale, first, block, other, loose, *deep, last, late))]


@probe(task=1, seeds=2, tolerance=EXACT)
class ParametersAndZeroGrad:
    "parameters() gives the same Tensors, also one that is set later; zero_grad clears all, even a nan"

    def make(rng):
        return parts(rng)

    def ask(answer, inputs):
        model = net(answer.Module, answer.Tensor, inputs)
        listed = model.parameters()
        for tensor in listed:
            tensor.grad = np.ones(tensor.data.shape)
        before = [np.array(tensor.grad) for tensor in model.parameters()]
        for place, tensor in enumerate(listed):
            tensor.grad = np.full(tensor.data.shape, [1.0, np.nan, np.inf][place % 3])
        model.zero_grad()
        cleared = [np.array(tensor.grad) for tensor in listed]
        model.added = answer.Tensor(np.ones(2))
        later = [name for name, _ in model.named_parameters()]
        return [[np.array(tensor.data) for tensor in listed], before, cleared, later]


@probe(visible=True)
class StateRoundTrip(ParametersAndZeroGrad):
    "state, a change, and load_state back"

    def ask(answer, inputs):
        model = net(answer.Module, answer.Tensor, inputs)
        saved = model.state()
        for tensor in model.parameters():
            tensor.data = np.full(tensor.data.shape, 7.0)
        changed = contents(model.state())
        model.load_state(saved)
        return [contents(saved), changed, contents(model.state())]


@probe()
class StateIsACopy(ParametersAndZeroGrad):
    "changing parameters in place leaves a saved state alone, before and after it is loaded by its names"

    def ask(answer, inputs):
        model = net(answer.Module, answer.Tensor, inputs)
        held = model.parameters()
        saved = model.state()
        for tensor in held:
            tensor.data[...] = 5.0
        first = contents(saved)
        saved = dict(reversed(saved.items()))
        model.load_state(saved)
        loaded = [np.array(tensor.data) for tensor in held]
        for tensor in model.parameters():
            tensor.data = filled(tensor.data, 6.0)
        return [first, loaded, contents(saved), [np.array(tensor.data) for tensor in held]]


@probe(task=2, visible=True, seeds=2)
class LinearLayer:
    "first weights of a Linear layer, what it computes, and its gradients"

    def make(rng):
        sizes, seed = [int(n) for n in rng.integers(2, 6, 2)], int(rng.integers(2**31))
        x, g = rng.standard_normal((4, 6)), rng.standard_normal((4, 6))
        return {"sizes": sizes, "seed": seed, "x": x[:, : sizes[0]], "g": g[:, : sizes[1]]}

    def ask(answer, inputs):
        layer = answer.Linear(*inputs["sizes"], np.random.default_rng(inputs["seed"]))
        x = answer.Tensor(inputs["x"])
        out = layer(x)
        out.backward(inputs["g"])
        return [out.data, x.grad, layer.W.data, layer.b.data, layer.W.grad, layer.b.grad]

    def truth(inputs):
        d_in, d_out = inputs["sizes"]
        W = np.random.default_rng(inputs["seed"]).standard_normal((d_in, d_out)) * np.sqrt(2 / d_in)
        x, g = inputs["x"], inputs["g"]
        return [x @ W, g @ W.T, W, np.zeros(d_out), x.T @ g, g.sum(axis=0)]


@probe(task=2, points=2)
class LayersInARow:
    "Sequential with Linear layers, functions and another Sequential inside"

    def make(rng):
        x, seed = rng.standard_normal((3, 2)), int(rng.integers(2**31))
        return {"x": x, "seed": seed, "b": rng.standard_normal(5)}

    def ask(answer, inputs):
        rng, tanh = np.random.default_rng(inputs["seed"]), answer.Tensor.tanh
        inner = answer.Sequential(answer.Linear(4, 5, rng), answer.Tensor.relu)
        outer = answer.Linear(2, 4, rng), tanh, inner, answer.Linear(5, 3, rng), lambda t: t * 2.0
        model = answer.Sequential(*outer)
        inner.layers[0].b.data = inputs["b"].copy()
        out = model(answer.Tensor(inputs["x"]))
        out.sum().backward()
        names = [name for name, _ in model.named_parameters()]
        return [out.data, names, [tensor.grad for _, tensor in model.named_parameters()]]


@probe(task=2, kind="gradient", wrt=("weights", "x"), seeds=2)
class GradientsOfANetwork:
    "the gradients of a whole network: of every weight, and of its input"

    def make(rng):
        made = training(rng, d_in=3, hidden=4, d_out=2, rows=5)
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
        w, x = inputs["weights"], inputs["x"]
        return gradients(w, x, np.tanh(x @ w["W1"] + w["b1"]), inputs["g"])


@calls({3: moved}, truth=trajectory, visible=True, seeds=2)
def PlainSteps(rng):
    "two steps without momentum"
    made = moves(rng, 2)
    return made | {"lr": made["lrs"][0], "options": {}}


@calls({3: moved}, truth=trajectory, points=2, tolerance=T64n)
def StepsWithMomentum(rng):
    "thirty steps with momentum, while somebody changes the learning rate, and some gradients are zero"
    made = moves(rng, 30) | {"lr": 0.1, "options": {"momentum": float(rng.uniform(0.5, 0.95))}}
    for step, place in enumerate(rng.permutation([0, 1, 2, 3]), start=12):
        made["grads"][step][place] = np.zeros_like(made["grads"][step][place])
    return made


@calls({4: trained}, truth=by_hand, visible=True, seeds=2, tolerance=T64n)
def ThreeSteps(rng):
    "losses and weights of three steps on a small problem"
    return training(rng)


@calls({4: trained}, truth=by_hand, points=2, tolerance=T64n)
def ThirtySteps(rng):
    "losses and weights of thirty steps, with batches of all sizes"
    return training(rng, d_in=4, hidden=6, d_out=5, rows=20, batches=30)


@probe(task=4, seeds=1, tolerance=T64n, memory_mb=96, seconds=30)
class MemoryStaysFlat:
    "four hundred steps on large batches, in little memory"

    def make(rng):
        made = training(rng, d_in=10, hidden=64, d_out=4, rows=512, batches=1)
        return made | {"batches": [rng.permutation(512)], "lr": 0.05}

    def ask(answer, inputs):
        losses, _ = trained(answer, inputs | {"batches": inputs["batches"] * 400})
        return [losses[0], losses[100], losses[-1]]


@probe(task=4, seeds=2, judge=band(0.97, 1.0), veto=True, seconds=30)
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
        rng, tanh = np.random.default_rng(inputs["seed"]), answer.Tensor.tanh
        first, second = answer.Linear(2, 32, rng), answer.Linear(32, 32, rng)
        model = answer.Sequential(first, tanh, second, tanh, answer.Linear(32, 2, rng))
        optimizer = answer.SGD(model.parameters(), 0.2, 0.9)
        answer.train(model, optimizer, inputs["X"], inputs["y"], [np.arange(200)] * 600)
        return model(answer.Tensor(inputs["X_test"])).data.argmax(axis=1)

    def judge(inputs, got):
        x, y = inputs["X_test"].T
        turn = np.arctan2(y, x) - 6 * np.hypot(x, y)
        arm = (np.cos(turn) < 0).astype(int)
        return float((got == arm).mean()) if np.shape(got) == arm.shape else 0.0
