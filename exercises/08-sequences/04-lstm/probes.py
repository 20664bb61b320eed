"""The LSTM: values one number at a time, gradients by complex steps, and by differences at the gate."""

import math

import numpy as np

from grader.language import T32, T64n, calls, probe, travels

SIZES = ((1, 4, 3, 5), (4, 1, 2, 3), (2, 6, 1, 3), (3, 4, 5, 1), (1, 1, 1, 1), (3, 3, 3, 3), (2, 2, 8, 2))
NAMES = ("x", "h0", "c0", "Wx", "Wh", "b")


def network(rng, n, t, d, h):
    """Sequences, first state and cell, weights, biases, and messages for every state and the last cell."""
    return {
        "x": rng.normal(size=(n, t, d)),
        "h0": rng.uniform(-0.9, 0.9, size=(n, h)),
        "c0": rng.normal(size=(n, h)) * 1.5,
        "Wx": rng.normal(size=(d, 4 * h)) * 0.6,
        "Wh": rng.normal(size=(h, 4 * h)) * 0.6,
        "b": rng.normal(size=4 * h) * 0.7,
        "dh": rng.normal(size=(n, t, h)),
        "dc": rng.normal(size=(n, h)),
    }


def sigmoid(z):
    return 1 / (1 + math.exp(-z)) if z >= 0 else math.exp(z) / (1 + math.exp(z))


def number_by_number(c):
    """The formulas of the task for one sequence, one step and one unit at a time, on Python's numbers."""
    n, t, d = c["x"].shape
    hidden = c["h0"].shape[1]
    found, last = np.empty((n, t, hidden), c["x"].dtype), np.empty((n, hidden), c["x"].dtype)
    for row in range(n):
        h, cell = [float(v) for v in c["h0"][row]], [float(v) for v in c["c0"][row]]
        for step in range(t):
            sums = []
            for column in range(4 * hidden):
                parts = [float(c["x"][row, step, k]) * float(c["Wx"][k, column]) for k in range(d)]
                parts += [h[k] * float(c["Wh"][k, column]) for k in range(hidden)]
                sums.append(math.fsum([*parts, float(c["b"][column])]))
            for unit in range(hidden):
                i, f, o = (sigmoid(sums[block * hidden + unit]) for block in range(3))
                cell[unit] = f * cell[unit] + i * math.tanh(sums[3 * hidden + unit])
                h[unit] = o * math.tanh(cell[unit])
            found[row, step] = h
        last[row] = cell
    return [found, last]


def loss(c, dh, dc):
    """The states and the last cell, weighed by the messages; complex numbers go through it, too."""
    h, cell, total = c["h0"], c["c0"], 0.0
    blocks = [slice(k * h.shape[1], (k + 1) * h.shape[1]) for k in range(4)]
    for t in range(c["x"].shape[1]):
        a = c["x"][:, t] @ c["Wx"] + h @ c["Wh"] + c["b"]
        i, f, o = ((1 + np.tanh(a[:, block] / 2)) / 2 for block in blocks[:3])
        cell = f * cell + i * np.tanh(a[:, blocks[3]])
        h = o * np.tanh(cell)
        total = total + (h * dh[:, t]).sum()
    return total + (cell * dc).sum()


def slopes_of(c):
    """The slope of the loss in each number: nudged sideways, nothing is subtracted."""
    wide = {name: value.astype(np.float64) for name, value in c.items()}
    slopes = []
    for name in NAMES:
        slope = np.zeros(wide[name].shape)
        for index in np.ndindex(*slope.shape):
            nudged = wide[name].astype(complex)
            nudged[index] += 1e-30j
            slope[index] = loss(wide | {name: nudged}, wide["dh"], wide["dc"]).imag / 1e-30
        slopes.append(slope.astype(c["x"].dtype))
    return slopes


def both_of(c):
    return {"forward": number_by_number(c), "gradients": slopes_of(c)}


@travels
def run(answer, c):
    return answer.lstm_fwd(c["x"], c["h0"], c["c0"], c["Wx"], c["Wh"], c["b"])


@travels
def forward(answer, c):
    h, last, cache = run(answer, c)
    return [h, last]


@travels
def gradients(answer, c):
    h, last, cache = run(answer, c)
    return answer.lstm_bwd(c["dh"], c["dc"], cache)


@travels
def both(answer, c):
    h, last, cache = run(answer, c)
    return {"forward": [h, last], "gradients": answer.lstm_bwd(c["dh"], c["dc"], cache)}


@travels
def views(c):
    """Transposed arrays, views with gaps, and messages that repeat one row."""
    return {
        "x": c["x"].transpose(2, 1, 0)[:, ::2],
        "h0": c["h0"][:, ::-1],
        "c0": c["c0"].T,
        "Wx": c["Wx"].T,
        "Wh": c["Wh"][::2, ::-2],
        "b": np.broadcast_to(c["b"], 8),
        "dh": np.broadcast_to(c["dh"], (3, 3, 2)),
        "dc": np.broadcast_to(c["dc"], (3, 2)),
    }


@travels
def forward_views(answer, c):
    return forward(answer, views(c))


@travels
def gradients_views(answer, c):
    return gradients(answer, views(c))


def forward_of_views(c):
    return number_by_number(views(c))


def slopes_of_views(c):
    return slopes_of(views(c))


def with_gaps(rng):
    shapes = {
        "x": (4, 6, 3),
        "h0": (3, 2),
        "c0": (2, 3),
        "Wx": (8, 4),
        "Wh": (4, 16),
        "b": 1,
        "dh": 2,
        "dc": 2,
    }
    return {name: rng.normal(size=shape) for name, shape in shapes.items()}


def awkward(rng):
    """Gates far open and far shut, a large cell, zeros, twins in one batch."""
    c = network(rng, 4, 3, 2, 3)
    far = rng.choice([-1.0, 1.0], 12)
    made = [{"b": 40 * far}, {"b": 800 * far}, {"b": np.repeat([-800.0, 800.0, 800.0, 0.0], 3)}]
    made += [{"c0": 30 * c["c0"]}, {"c0": 0 * c["c0"], "h0": 0 * c["h0"]}, {"x": c["x"][[0, 0, 1, 1]]}]
    made += [{"x": c["x"] * np.array([1.0, 8.0, 1e-4, 0.0])[:, None, None]}, {"Wh": 0 * c["Wh"]}]
    made.append({"b": 0 * c["b"]})
    return [c | change for change in made]


@calls({1: forward}, truth=number_by_number, visible=True, seeds=2)
def SmallForward(rng):
    "Forward: two sequences of three steps, two numbers per step, two units"
    return {name: value.round(1) for name, value in network(rng, 2, 3, 2, 2).items()}


@calls({1: forward}, truth=number_by_number, points=2)
def ForwardManySizes(rng):
    "Forward with many sizes: one sequence, one step, one number, one unit, and all sizes equal"
    return [network(rng, *size) for size in SIZES]


@calls({1: forward}, truth=number_by_number, tolerance=T64n, seeds=2)
def ForwardManySteps(rng):
    "Forward through sixty steps"
    return {**network(rng, 2, 60, 2, 3)}


@calls({1: forward}, truth=number_by_number, kind="edge")
def ForwardAwkward(rng):
    "Forward with gates far open and far shut, a large cell, zeros, and twins in one batch"
    return [*awkward(rng)]


@calls({1: forward_views}, truth=forward_of_views, seeds=2, kind="edge")
def ForwardViews(rng):
    "Forward: transposed arrays, views with gaps, and a bias that repeats one number"
    return {**with_gaps(rng)}


@probe(task=1)
class PiecesAndWhole:
    "A sequence in two pieces, the second from the state and the cell where the first ended"

    def make(rng):
        return network(rng, 3, 7, 4, 5)

    def ask(answer, inputs):
        first = forward(answer, inputs | {"x": inputs["x"][:, :3]})
        then = {"x": inputs["x"][:, 3:], "h0": first[0][:, -1], "c0": first[1]}
        return [first, forward(answer, inputs | then)]

    def truth(inputs):
        whole, last = number_by_number(inputs)
        middle = number_by_number(inputs | {"x": inputs["x"][:, :3]})[1]
        return [[whole[:, :3], middle], [whole[:, 3:], last]]


@probe(task=1, kind="edge")
class ForwardAgain:
    "Two forward passes of one size, the second with new numbers in the same arrays"

    def make(rng):
        return {"first": network(rng, 2, 3, 4, 5), "second": network(rng, 2, 3, 4, 5)}

    def ask(answer, inputs):
        arrays = {name: value.copy() for name, value in inputs["first"].items()}
        first = forward(answer, arrays)
        for name, value in inputs["second"].items():
            arrays[name][...] = value
        return [first, forward(answer, arrays)]

    def truth(inputs):
        return [number_by_number(inputs["first"]), number_by_number(inputs["second"])]


@calls({1: forward}, truth=number_by_number, seeds=2, tolerance=T32)
def ForwardSinglePrecision(rng):
    "Forward: float32 in, float32 out"
    return {name: value.astype(np.float32) for name, value in network(rng, 3, 5, 4, 6).items()}


@calls({2: gradients}, truth=slopes_of, visible=True, seeds=2, kind="gradient")
def SmallBackward(rng):
    "All six gradients: two sequences of three steps, two units"
    return {**network(rng, 2, 3, 3, 2)}


@probe(task=2, points=3, kind="gradient", wrt=("x", "h0", "c0", "Wx", "Wh", "b"))
class SixSteps:
    "All six gradients, back through six steps"

    def make(rng):
        return network(rng, 3, 6, 4, 5)

    def ask(answer, inputs):
        return gradients(answer, inputs)

    def value(answer, inputs):
        h, last = forward(answer, inputs)
        return (h * inputs["dh"]).sum() + (last * inputs["dc"]).sum()

    def truth(inputs):
        return slopes_of(inputs)


@calls({2: both}, truth=both_of, kind="gradient")
def ManySizes(rng):
    "There and back with many sizes: one sequence, one step, one number, one unit, all sizes equal"
    return [network(rng, *size) for size in SIZES]


@calls({2: gradients}, truth=slopes_of, kind="gradient")
def OneMessageOnly(rng):
    "A message at the last state only, at the first, at the last cell, in one sequence only, none, tiny ones"
    c = network(rng, 3, 5, 2, 3)
    last, first, one = np.zeros((3, 5, 3)), np.zeros((3, 5, 3)), np.zeros((3, 5, 3))
    last[:, -1] = first[:, 0] = one[1] = 1
    silent = 0 * c["dc"]
    made = [{"dh": c["dh"] * keep, "dc": silent} for keep in (last, first, one)]
    made += [{"dh": 0 * last}, {"dh": 0 * last, "dc": silent}, {"dh": 1e-8 * c["dh"], "dc": 1e-8 * c["dc"]}]
    return [c | change for change in made]


@calls({2: gradients}, truth=slopes_of, tolerance=T64n, seeds=2, kind="gradient")
def ManySteps(rng):
    "Back through thirty steps with the forget gates nearly open"
    c = network(rng, 1, 30, 1, 2)
    return {**c, "b": c["b"] + np.repeat([0.0, 3.0, 0.0, 0.0], 2)}


@calls({2: gradients}, truth=slopes_of, tolerance=T64n, seeds=2, kind="gradient")
def LongWay(rng):
    "A message at the last of fifty states, with open forget gates, that arrives at the first cell"
    c = network(rng, 1, 50, 1, 2)
    b = 0.1 * c["b"] + np.repeat([-3.0, 6.0, 0.0, 0.0], 2)
    dh = c["dh"] * (np.arange(50) == 49)[:, None]
    return c | {"x": 0.3 * c["x"], "c0": 0.3 * c["c0"], "b": b, "dh": dh, "dc": 0 * c["dc"]}


@calls({2: gradients}, truth=slopes_of, kind="edge")
def BackwardAwkward(rng):
    "All six gradients with gates far open and far shut, a large cell, zeros, and twins in one batch"
    return [*awkward(rng)]


@calls({2: gradients_views}, truth=slopes_of_views, seeds=2, kind="edge")
def BackwardViews(rng):
    "All six gradients: transposed arrays, views with gaps, messages that repeat one row"
    return {**with_gaps(rng)}


@probe(task=2, kind="gradient", seeds=2)
class TwoAtOnce:
    "Two forward passes before the first backward pass, and one cache sent back twice"

    def make(rng):
        return {"first": network(rng, 2, 3, 3, 4), "second": network(rng, 2, 3, 3, 4)}

    def ask(answer, inputs):
        first, second = inputs["first"], inputs["second"]
        h1, last1, one = run(answer, first)
        h2, last2, two = run(answer, second)
        back = [
            answer.lstm_bwd(first["dh"], first["dc"], one),
            answer.lstm_bwd(second["dh"], second["dc"], two),
        ]
        again = [
            answer.lstm_bwd(second["dh"], second["dc"], one),
            answer.lstm_bwd(first["dh"], first["dc"], one),
        ]
        return [h1, last1, h2, last2, *back, *again]

    def truth(inputs):
        first, second = inputs["first"], inputs["second"]
        one, other = slopes_of(first), slopes_of(first | {"dh": second["dh"], "dc": second["dc"]})
        return [*number_by_number(first), *number_by_number(second), one, slopes_of(second), other, one]


@probe(task=2, kind="edge", seeds=2)
class BackwardAgain:
    "There and back twice, the second time with new numbers in the same arrays"

    def make(rng):
        return {"first": network(rng, 2, 3, 3, 4), "second": network(rng, 2, 3, 3, 4)}

    def ask(answer, inputs):
        arrays = {name: value.copy() for name, value in inputs["first"].items()}
        first = gradients(answer, arrays)
        for name, value in inputs["second"].items():
            arrays[name][...] = value
        return [first, gradients(answer, arrays)]

    def truth(inputs):
        return [slopes_of(inputs["first"]), slopes_of(inputs["second"])]


@calls({2: gradients}, truth=slopes_of, seeds=2, tolerance=T32, kind="gradient")
def BackwardSinglePrecision(rng):
    "All six gradients: float32 in, float32 out"
    return {name: value.astype(np.float32) for name, value in network(rng, 3, 5, 4, 3).items()}
