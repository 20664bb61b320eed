"""LeNet's values and gradients, epochs of any model, an honest history; reading unseen digits only vetoes."""

import numpy as np
import torch
import torch.nn.functional as F
from probing import backward, filled, round_trips, state, watched

from grader.language import EXACT, T32, T64, T64n, accuracy, calls, probe, travels

SHAPES = {
    "conv1.weight": (6, 1, 3, 3),
    "conv1.bias": (6,),
    "conv2.weight": (16, 6, 3, 3),
    "conv2.bias": (16,),
    "fc1.weight": (32, 64),
    "fc1.bias": (32,),
    "fc2.weight": (10, 32),
    "fc2.bias": (10,),
}


def weights(rng):
    """Of a size that keeps the signal's, with biases that are not zero."""
    return {
        name: rng.standard_normal(shape) * (1.4 / np.sqrt(np.prod(shape[1:])) if len(shape) > 1 else 0.3)
        for name, shape in SHAPES.items()
    }


def pictures(rng, N):
    return rng.standard_normal((N, 1, 8, 8))


def by_patches(weights, x):
    """The same network in other words: patches times matrices, and the largest of a reshaped axis."""
    t = {name: torch.as_tensor(array) for name, array in weights.items()}
    x = torch.as_tensor(x)
    for layer in ("conv1", "conv2"):
        N, C, H, W = x.shape
        kernel = t[f"{layer}.weight"]
        z = kernel.reshape(len(kernel), -1) @ F.unfold(x, 3, padding=1) + t[f"{layer}.bias"][:, None]
        x = z.clamp(min=0).reshape(N, len(kernel), H // 2, 2, W // 2, 2).amax(dim=(3, 5))
    h = (x.reshape(len(x), -1) @ t["fc1.weight"].T + t["fc1.bias"]).clamp(min=0)
    return h @ t["fc2.weight"].T + t["fc2.bias"]


@travels
def logits(answer, c):
    """An odd number of pictures is asked for in evaluation mode."""
    net = filled(answer.LeNet(), c["weights"]).train(len(c["x"]) % 2 == 0)
    return net(torch.tensor(c["x"]))


def logits_by_patches(c):
    return by_patches(c["weights"], c["x"])


@calls({1: logits}, truth=logits_by_patches, visible=True, seeds=2, tolerance=T64n)
def Logits(rng):
    "the logits of two pictures"
    return {"weights": weights(rng), "x": pictures(rng, 2)}


@calls({1: logits}, truth=logits_by_patches, points=2, tolerance=T64n)
def ManyLogits(rng):
    "the logits of one picture, of seven, and of large and of empty ones"
    w = weights(rng)
    return [
        {"weights": w, "x": pictures(rng, 1)},
        {"weights": w, "x": pictures(rng, 7)},
        {"weights": w, "x": 50 * pictures(rng, 3)},
        {"weights": w, "x": np.zeros((2, 1, 8, 8))},
        {"weights": weights(rng), "x": -np.abs(pictures(rng, 4))},
    ]


@calls({1: logits}, seeds=2, tolerance=T32)
def LogitsInFloat32(rng):
    "the same in float32"
    w = {name: array.astype(np.float32) for name, array in weights(rng).items()}
    return [{"weights": w, "x": pictures(rng, 5).astype(np.float32)}]


@probe(task=1, points=2, seeds=2, tolerance=T64n, kind="gradient", wrt=("small", "x"))
class Gradients:
    "the gradients of the pictures and of all weights"

    def make(rng):
        w = weights(rng)
        small = {name: w.pop(name) for name in ("conv1.weight", "conv1.bias", "conv2.bias", "fc2.bias")}
        return {"small": small, "large": w, "x": pictures(rng, 3), "message": rng.standard_normal((3, 10))}

    def ask(answer, inputs):
        net = filled(answer.LeNet(), inputs["small"] | inputs["large"])
        _, (dx,), grads = backward(net, inputs["x"], message=inputs["message"])
        return [{name: grads[name] for name in inputs["small"]}, dx]

    def value(answer, inputs):
        net = filled(answer.LeNet(), inputs["small"] | inputs["large"])
        return (net(torch.tensor(inputs["x"])) * torch.tensor(inputs["message"])).sum().item()


@probe(task=1, seeds=2, tolerance=T64n, kind="gradient")
class GradientsOfEveryWeight:
    "the gradient of every single weight"

    def make(rng):
        return {"weights": weights(rng), "x": pictures(rng, 4), "message": rng.standard_normal((4, 10))}

    def ask(answer, inputs):
        net = filled(answer.LeNet(), inputs["weights"])
        return backward(net, inputs["x"], message=inputs["message"])[1:]

    def truth(inputs):
        w = {name: torch.tensor(array, requires_grad=True) for name, array in inputs["weights"].items()}
        x = torch.tensor(inputs["x"], requires_grad=True)
        by_patches(w, x).backward(torch.tensor(inputs["message"]))
        return [[x.grad], {name: tensor.grad for name, tensor in w.items()}]


@probe(task=1, seeds=2, tolerance=T64n)
class SavedLoadedAndCopied:
    "a network that was saved, loaded and copied, two of them that share nothing, and how often its parts run"

    def make(rng):
        return {"weights": weights(rng), "other": weights(rng), "x": pictures(rng, 3)}

    def ask(answer, inputs):
        net, other = (filled(answer.LeNet(), inputs[name]) for name in ("weights", "other"))
        first = net(torch.tensor(inputs["x"]))
        trips = round_trips(net, answer.LeNet(), inputs["x"])
        counts = watched(net, inputs["x"])
        parts = [counts[name] for name in ("conv1", "conv2", "fc1", "fc2")]
        return [first, trips, other(torch.tensor(inputs["x"])), parts]


# ---- training: any model, given batches ----------------------------------------------------------


@travels
class Plain(torch.nn.Module):
    """One layer on flattened pictures, with a normalisation that depends on the mode."""

    def __init__(self, w):
        super().__init__()
        self.line = torch.nn.Linear(12, 5)
        self.norm = torch.nn.BatchNorm1d(5, momentum=0.3)
        self.double()
        with torch.no_grad():
            self.line.weight.copy_(torch.tensor(w["W"]))
            self.line.bias.copy_(torch.tensor(w["b"]))
            self.norm.running_mean.copy_(torch.tensor(w["mean"]))
            self.norm.running_var.copy_(torch.tensor(w["var"]))

    def forward(self, x):
        return self.norm(self.line(x.flatten(1)))


def problem(rng, N=14, sizes=(4, 3, 5, 2)):
    return {
        "w": {
            "W": 0.5 * rng.standard_normal((5, 12)),
            "b": rng.standard_normal(5),
            "mean": rng.standard_normal(5),
            "var": rng.uniform(0.5, 2, 5),
        },
        "X": rng.standard_normal((N, 1, 3, 4)),
        "y": rng.integers(0, 5, N),
        "X_test": rng.standard_normal((9, 1, 3, 4)),
        "y_test": rng.integers(0, 5, 9),
        "batches": [rng.integers(0, N, size) for size in sizes],
        "lr": float(rng.uniform(0.1, 0.3)),
        "momentum": float(rng.uniform(0.5, 0.9)),
    }


@travels
def tensors(c):
    return torch.tensor(c["X"]), torch.tensor(c["y"]), [torch.tensor(rows) for rows in c["batches"]]


@travels
def epoch(answer, c):
    """Two epochs with one optimizer, after somebody left gradients behind and evaluation mode on."""
    X, y, batches = tensors(c)
    model = Plain(c["w"]).eval()
    optimizer = torch.optim.SGD(model.parameters(), c["lr"], c["momentum"])
    for parameter in model.parameters():
        parameter.grad = torch.full_like(parameter, 3.0)
    losses = [answer.train_epoch(model, optimizer, X, y, batches) for _ in range(2)]
    return [losses, state(model), model.training]


@travels
def history(answer, c):
    X, y, batches = tensors(c)
    model = Plain(c["w"]).eval()
    tests = torch.tensor(c["X_test"]), torch.tensor(c["y_test"])
    pairs = answer.fit(model, X, y, *tests, batches, c["epochs"], c["lr"], c["momentum"])
    return [[list(pair) for pair in pairs], state(model)]


@travels
def classes(answer, c):
    """The classes, whether anything moved or was recorded, and the modes afterwards."""
    model, found = Plain(c["w"]), []
    X = torch.tensor(c["X"])
    for mode, still in ((True, False), (False, False), (True, True)):
        model.train(mode).norm.train(mode and not still)
        got = answer.predict(model, X)
        found.append([np.asarray(got), bool(got.requires_grad), [part.training for part in model.modules()]])
    return [found, state(model)]


def by_hand(c, epochs):
    """The same training in numpy, with every slope written out: losses, scores, and the state at the end."""
    w = {"W": c["w"]["W"].copy(), "b": c["w"]["b"].copy(), "g": np.ones(5), "s": np.zeros(5)}
    v = {name: np.zeros(array.shape) for name, array in w.items()}
    mean, var, steps, pairs = c["w"]["mean"].copy(), c["w"]["var"].copy(), 0, []
    X, test = (c[name].reshape(len(c[name]), -1) for name in ("X", "X_test"))
    for _ in range(epochs):
        losses = []
        for rows in c["batches"]:
            x, y, n = X[rows], c["y"][rows], len(rows)
            a = x @ w["W"].T + w["b"]
            centre, spread = a.mean(axis=0), a.var(axis=0)
            root = np.sqrt(spread + 1e-5)
            u = (a - centre) / root
            z = u * w["g"] + w["s"]
            p = np.exp(z - z.max(axis=1, keepdims=True))
            p /= p.sum(axis=1, keepdims=True)
            losses.append(float(-np.log(p[np.arange(n), y]).mean()))
            p[np.arange(n), y] -= 1
            dz = p / n
            du = dz * w["g"]
            da = (du - du.mean(axis=0) - u * (du * u).mean(axis=0)) / root
            grads = {"W": da.T @ x, "b": da.sum(axis=0), "g": (dz * u).sum(axis=0), "s": dz.sum(axis=0)}
            for name, grad in grads.items():
                v[name] = c["momentum"] * v[name] + grad
                w[name] = w[name] - c["lr"] * v[name]
            mean = 0.7 * mean + 0.3 * centre
            var = 0.7 * var + 0.3 * spread * n / (n - 1)
            steps += 1
        z = (test @ w["W"].T + w["b"] - mean) / np.sqrt(var + 1e-5) * w["g"] + w["s"]
        pairs.append([float(np.mean(losses)), float((z.argmax(axis=1) == c["y_test"]).mean())])
    held = {
        "line.weight": w["W"],
        "line.bias": w["b"],
        "norm.weight": w["g"],
        "norm.bias": w["s"],
        "norm.running_mean": mean,
        "norm.running_var": var,
        "norm.num_batches_tracked": np.array(steps),
    }
    return pairs, held


def epochs_by_hand(c):
    pairs, held = by_hand(c, 2)
    return [[loss for loss, _ in pairs], held, True]


def history_by_hand(c):
    return list(by_hand(c, c["epochs"]))


@calls({2: epoch}, truth=epochs_by_hand, visible=True, seeds=2, tolerance=T64n)
def TwoEpochs(rng):
    "two epochs over a few rows: the mean losses, and every number of the model afterwards"
    return problem(rng, sizes=(4, 3))


@calls({2: epoch}, truth=epochs_by_hand, points=3, tolerance=T64n)
def TwoLongerEpochs(rng):
    "two epochs in batches of all sizes, some rows twice and others never"
    return problem(rng, N=20, sizes=(4, 3, 5, 2, 6, 3))


@calls({2: classes}, tolerance=T64n, seeds=3)
def PredictLeavesTheModelAlone(rng):
    "predicting, in both modes: the classes, and the model afterwards"
    return problem(rng, N=30)


@probe(task=2, seeds=2, tolerance=EXACT)
class TiesAndSingleRows:
    "the classes of single rows, of rows with two equal logits, and with logits that are nearly equal"

    def make(rng):
        z = rng.integers(0, 3, (12, 6)).astype(float)
        z[:3] = 0.0
        z[np.arange(3), rng.integers(1, 6, 3)] = 1e-17, 1e-20, 1e-30
        return {"z": z}

    def ask(answer, inputs):
        rows = torch.tensor(inputs["z"])
        model = torch.nn.Linear(6, 6, bias=False).double()
        model.load_state_dict({"weight": torch.eye(6)})
        return [np.asarray(answer.predict(model, rows)), np.asarray(answer.predict(model, rows[:1]))]


@probe(task=2, seeds=2, tolerance=T64n)
class SingleRowsInAnEpoch:
    "an epoch with batches of a single row: the mean loss, and the weights afterwards"

    def make(rng):
        return {
            "W": rng.standard_normal((4, 6)),
            "X": rng.standard_normal((9, 6)),
            "y": rng.integers(0, 4, 9),
            "batches": [rng.integers(0, 9, size) for size in (1, 3, 1)],
        }

    def ask(answer, inputs):
        model = torch.nn.Linear(6, 4, bias=False).double()
        model.load_state_dict({"weight": torch.tensor(inputs["W"])})
        optimizer = torch.optim.SGD(model.parameters(), 0.1)
        loss = answer.train_epoch(model, optimizer, *tensors(inputs))
        weight = model.weight
        return loss, weight


@calls({3: history}, truth=history_by_hand, visible=True, seeds=2, tolerance=T64n)
def ShortHistory(rng):
    "the history of two epochs"
    return problem(rng, sizes=(4, 3)) | {"epochs": 2}


@calls({3: history}, truth=history_by_hand, points=3, tolerance=T64n)
def LongerHistory(rng):
    "the history of four epochs, and every number of the model afterwards"
    return problem(rng, N=20, sizes=(4, 3, 5, 2)) | {"epochs": 4}


@probe(task=3, seeds=2, judge=accuracy(0.91, 0.995), veto=True, seconds=40)
class ReadsUnseenDigits:
    "the share of unseen handwritten digits that your trained network reads correctly"

    def make(rng):
        from sklearn.datasets import load_digits

        images, names = load_digits(return_X_y=True)
        order = rng.permutation(len(images))
        images, names = images[order].astype(np.uint8), names[order].astype(np.uint8)
        return {
            "X": images[360:],
            "y": names[360:],
            "X_test": images[:360],
            "_y_test": names[:360].astype(np.int64),
            "seed": int(rng.integers(2**31)),
        }

    def ask(answer, inputs):
        torch.manual_seed(inputs["seed"])
        X, X_test = (torch.tensor(inputs[name]).reshape(-1, 1, 8, 8).float() / 16 for name in ("X", "X_test"))
        y = torch.tensor(inputs["y"], dtype=torch.int64)
        model, batches = answer.LeNet(), torch.randperm(len(X)).split(32)
        for epochs, lr in ((7, 0.03), (2, 0.003)):
            answer.fit(model, X, y, X[:50], y[:50], batches, epochs, lr, 0.9)
        return np.asarray(answer.predict(model, X_test))

    def truth(inputs):
        return inputs["_y_test"]
