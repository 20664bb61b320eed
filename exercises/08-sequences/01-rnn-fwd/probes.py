"""What the recurrent network is asked: many sizes, pieces against the whole, awkward numbers, float32."""

import math

import numpy as np

from grader.language import T32, T64n, calls, probe, travels

SIZES = ((3, 5, 4, 2), (1, 4, 3, 5), (4, 1, 2, 3), (2, 6, 1, 3), (3, 4, 5, 1), (1, 1, 1, 1), (3, 3, 3, 3))


def network(rng, n, t, d, h):
    """Sequences, a first state that is not zero, weights and biases."""
    return {
        "x": rng.normal(size=(n, t, d)),
        "h0": rng.uniform(-0.9, 0.9, size=(n, h)),
        "Wx": rng.normal(size=(d, h)) * 0.6,
        "Wh": rng.normal(size=(h, h)) * 0.6,
        "b": rng.normal(size=h) * 0.5,
    }


def number_by_number(x, h0, Wx, Wh, b):
    """The formula of the task for one sequence, one step and one unit at a time, on Python's numbers."""
    n, t, d = x.shape
    hidden = len(b)
    h = np.empty((n, t, hidden), dtype=x.dtype)
    for row in range(n):
        before = [float(value) for value in h0[row]]
        for step in range(t):
            after = []
            for unit in range(hidden):
                parts = [float(x[row, step, i]) * float(Wx[i, unit]) for i in range(d)]
                parts += [before[j] * float(Wh[j, unit]) for j in range(hidden)]
                after.append(math.tanh(math.fsum([*parts, float(b[unit])])))
            before = after
            h[row, step] = after
    return h


def by_network(c):
    return number_by_number(c["x"], c["h0"], c["Wx"], c["Wh"], c["b"])


@travels
def run(answer, c):
    return answer.rnn(c["x"], c["h0"], c["Wx"], c["Wh"], c["b"])


@travels
def with_gaps(x, h0, Wx, Wh, b):
    return x.transpose(2, 1, 0)[:, ::2], h0[:, ::-1], Wx.T, Wh[::2, ::-2], np.broadcast_to(b, 4)


@calls({1: "rnn"}, truth=number_by_number, visible=True, seeds=2)
def SmallNetwork(rng):
    "Two sequences of three steps, two numbers per step, two units"
    return {name: value.round(1) for name, value in network(rng, 2, 3, 2, 2).items()}


@calls({1: "rnn"}, truth=number_by_number, visible=True, seeds=1)
def SingleStep(rng):
    "Sequences of a single step"
    return {name: value.round(1) for name, value in network(rng, 3, 1, 2, 4).items()}


@calls({1: "rnn"}, truth=number_by_number, points=3)
def ManySizes(rng):
    "Many sizes: one sequence, one step, one number, one unit, and all sizes equal"
    return [network(rng, *size) for size in SIZES]


@calls({1: "rnn"}, truth=number_by_number, seeds=2, tolerance=T64n)
def ManySteps(rng):
    "Sixty steps"
    return {**network(rng, 2, 60, 3, 5)}


@probe(task=1, seeds=2)
class PiecesAndWhole:
    "A sequence in two pieces, the second from where the first ended"

    def make(rng):
        return network(rng, 3, 7, 4, 5)

    def ask(answer, inputs):
        c = inputs
        first = run(answer, c | {"x": c["x"][:, :3]})
        second = run(answer, c | {"x": c["x"][:, 3:], "h0": first[:, -1]})
        return {"first": first, "second": second}

    def truth(inputs):
        whole = by_network(inputs)
        return {"first": whole[:, :3], "second": whole[:, 3:]}


@calls({1: "rnn"}, truth=number_by_number, kind="edge")
def AwkwardNumbers(rng):
    "Zeros, tiny and large numbers, and twins in one batch"
    c = network(rng, 4, 3, 2, 5)
    twins = c["x"][[0, 0, 1, 1]]
    mixed = c["x"] * np.array([1.0, 50.0, 1e-4, 0.0])[:, None, None]
    made = [{"x": twins}, {"x": mixed}, {"h0": np.zeros((4, 5))}, {"Wh": np.zeros((5, 5))}]
    made += [{"Wx": np.zeros((2, 5))}, {"b": np.zeros(5)}, {"b": c["b"] * 800}]
    made += [{"x": 0 * c["x"], "b": np.ones(5)}, {"x": c["x"] * np.array([1.0, 0.0, 1.0])[:, None]}]
    return [c | change for change in made]


@probe(task=1, kind="edge")
class AskedAgain:
    "Two calls of one size in a row, the second with new numbers in the same arrays"

    def make(rng):
        return {"first": network(rng, 2, 3, 4, 5), "second": network(rng, 2, 3, 4, 5)}

    def ask(answer, inputs):
        arrays = {name: value.copy() for name, value in inputs["first"].items()}
        first = run(answer, arrays)
        for name, value in inputs["second"].items():
            arrays[name][...] = value
        second = run(answer, arrays)
        kept = second.copy()
        second[...] = 0.5
        return [first, kept, run(answer, arrays)]

    def truth(inputs):
        first, second = by_network(inputs["first"]), by_network(inputs["second"])
        return [first, second, second]


@calls({1: "rnn"}, truth=number_by_number, through=with_gaps, seeds=2, kind="edge")
def Views(rng):
    "Transposed arrays, views with gaps, and a bias that repeats one number"
    return {
        "x": rng.normal(size=(3, 6, 2)),
        "h0": rng.normal(size=(2, 4)),
        "Wx": rng.normal(size=(4, 3)),
        "Wh": rng.normal(size=(8, 8)) * 0.5,
        "b": rng.normal(size=1),
    }


@calls({1: "rnn"}, truth=number_by_number, seeds=2, tolerance=T32)
def SinglePrecision(rng):
    "float32 in, float32 out"
    return {name: value.astype(np.float32) for name, value in network(rng, 3, 5, 4, 6).items()}
