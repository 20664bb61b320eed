"""Backpropagation through time: each gradient proven by complex steps, and by differences at the gate."""

import numpy as np

from grader.language import T32, T64n, calls, probe, travels

SIZES = ((1, 4, 3, 5), (4, 1, 2, 3), (2, 6, 1, 3), (3, 4, 5, 1), (1, 1, 1, 1), (3, 3, 3, 3), (2, 2, 5, 4))
NAMES = ("x", "h0", "Wx", "Wh", "b")


def network(rng, n, t, d, h):
    """Sequences, a first state that is not zero, weights, biases, and a message for every state."""
    return {
        "x": rng.normal(size=(n, t, d)),
        "h0": rng.uniform(-0.9, 0.9, size=(n, h)),
        "Wx": rng.normal(size=(d, h)) * 0.6,
        "Wh": rng.normal(size=(h, h)) * 0.6,
        "b": rng.normal(size=h) * 0.5,
        "dh": rng.normal(size=(n, t, h)),
    }


def one_step(rng, n, d, h):
    """One step of a network; what it made of its inputs is worked out from them."""
    c = network(rng, n, 1, d, h)
    arrays = {"dh": c["dh"][:, 0], "x": c["x"][:, 0], "h_before": c["h0"]}
    arrays["h"] = np.tanh(arrays["x"] @ c["Wx"] + c["h0"] @ c["Wh"] + c["b"])
    return arrays | {"Wx": c["Wx"], "Wh": c["Wh"]}


def states(c):
    """The forward pass; complex numbers go through it, too."""
    h = c["h0"]
    found = []
    for t in range(c["x"].shape[1]):
        h = np.tanh(c["x"][:, t] @ c["Wx"] + h @ c["Wh"] + c["b"])
        found.append(h)
    return np.stack(found, axis=1)


def complex_step(rise, arrays):
    """The slope of `rise(arrays)` in each number of each array: nudged sideways, nothing is subtracted."""
    slopes = []
    for name, value in arrays.items():
        slope = np.zeros(value.shape)
        for index in np.ndindex(*value.shape):
            nudged = value.astype(complex)
            nudged[index] += 1e-30j
            slope[index] = rise(arrays | {name: nudged}).imag / 1e-30
        slopes.append(slope)
    return slopes


def slopes_of(c):
    wide = {name: c[name].astype(np.float64) for name in (*NAMES, "dh")}
    found = complex_step(lambda at: (states(at) * wide["dh"]).sum(), {name: wide[name] for name in NAMES})
    return [slope.astype(c["x"].dtype) for slope in found]


def both_of(c):
    return {"h": states(c), "gradients": slopes_of(c)}


def step_slopes(dh, x, h_before, h, Wx, Wh):
    """The bias is found again from the states: atanh(h) minus the other two parts."""
    wide = {"x": x, "h_before": h_before, "Wx": Wx, "Wh": Wh}
    wide = {name: value.astype(np.float64) for name, value in wide.items()}
    wide["b"] = np.zeros(len(Wh))
    rest = np.arctanh(h.astype(np.float64)) - wide["x"] @ wide["Wx"] - wide["h_before"] @ wide["Wh"]

    def rise(at):
        return (dh * np.tanh(at["x"] @ at["Wx"] + at["h_before"] @ at["Wh"] + at["b"] + rest)).sum()

    dx, dh_before, dWx, dWh, db = complex_step(rise, wide)
    return [slope.astype(x.dtype) for slope in (dx, dh_before, dWx, dWh, db)]


@travels
def forward(answer, c):
    return answer.rnn_fwd(c["x"], c["h0"], c["Wx"], c["Wh"], c["b"])


@travels
def gradients(answer, c):
    h, cache = forward(answer, c)
    return answer.rnn_bwd(c["dh"], cache)


@travels
def both(answer, c):
    h, cache = forward(answer, c)
    return {"h": h, "gradients": answer.rnn_bwd(c["dh"], cache)}


@travels
def views(c):
    """Transposed arrays, views with gaps, and a message that repeats one row."""
    return {
        "x": c["x"].transpose(2, 1, 0)[:, ::2],
        "h0": c["h0"][:, ::-1],
        "Wx": c["Wx"].T,
        "Wh": c["Wh"][::2, ::-2],
        "b": np.broadcast_to(c["b"], 4),
        "dh": np.broadcast_to(c["dh"], (2, 3, 4)),
    }


@travels
def both_views(answer, c):
    return both(answer, views(c))


def both_of_views(c):
    return both_of(views(c))


@travels
def step_views(dh, x, h_before, h, Wx, Wh):
    return np.broadcast_to(dh, h.T.shape), x.T, h_before[:, ::-1], h.T, Wx.T, Wh[::2, ::-2]


@calls({1: "step_bwd"}, truth=step_slopes, visible=True, seeds=2, kind="gradient")
def SmallStep(rng):
    "One step back: two sequences, three numbers, two units"
    return {**one_step(rng, 2, 3, 2)}


@probe(task=1, points=2, kind="gradient", wrt=("x", "h_before", "Wx", "Wh", "b"))
class Step:
    "One step back: five sequences, three numbers, four units"

    def make(rng):
        c = one_step(rng, 5, 3, 4)
        c["b"] = rng.normal(size=4)
        c["h"] = np.tanh(c["x"] @ c["Wx"] + c["h_before"] @ c["Wh"] + c["b"])
        return c

    def ask(answer, inputs):
        c = inputs
        return answer.step_bwd(c["dh"], c["x"], c["h_before"], c["h"], c["Wx"], c["Wh"])

    def value(answer, inputs):
        c = inputs
        return (c["dh"] * np.tanh(c["x"] @ c["Wx"] + c["h_before"] @ c["Wh"] + c["b"])).sum()

    def truth(inputs):
        c = inputs
        return step_slopes(c["dh"], c["x"], c["h_before"], c["h"], c["Wx"], c["Wh"])


@calls({1: "step_bwd"}, truth=step_slopes, kind="gradient")
def StepOfManySizes(rng):
    "One step back with many sizes, and with a message of zeros"
    made = [one_step(rng, n, d, h) for n, _, d, h in SIZES]
    return [*made, made[0] | {"dh": np.zeros((1, 5))}]


@calls({1: "step_bwd"}, truth=step_slopes, through=step_views, seeds=2, kind="edge")
def StepViews(rng):
    "One step back: transposed arrays, views with gaps, and a message that repeats one row"
    return {
        "dh": rng.normal(size=4),
        "x": rng.normal(size=(3, 2)),
        "h_before": rng.uniform(-0.9, 0.9, size=(2, 4)),
        "h": rng.uniform(-0.9, 0.9, size=(4, 2)),
        "Wx": rng.normal(size=(4, 3)),
        "Wh": rng.normal(size=(8, 8)),
    }


@probe(task=1, kind="edge")
class StepsInARow:
    "Two steps back of one size, the second with new numbers in the same arrays"

    def make(rng):
        return {"first": one_step(rng, 2, 3, 4), "second": one_step(rng, 2, 3, 4)}

    def ask(answer, inputs):
        arrays = {name: value.copy() for name, value in inputs["first"].items()}
        first = answer.step_bwd(*arrays.values())
        for name, value in inputs["second"].items():
            arrays[name][...] = value
        return [first, answer.step_bwd(*arrays.values())]

    def truth(inputs):
        return [step_slopes(**inputs["first"]), step_slopes(**inputs["second"])]


@calls({1: "step_bwd"}, truth=step_slopes, seeds=2, tolerance=T32, kind="gradient")
def StepSinglePrecision(rng):
    "One step back: float32 in, float32 out"
    return {name: value.astype(np.float32) for name, value in one_step(rng, 3, 5, 4).items()}


@calls({2: both}, truth=both_of, visible=True, seeds=2, kind="gradient")
def SmallNetwork(rng):
    "Two sequences of three steps, there and back"
    return {**network(rng, 2, 3, 2, 3)}


@probe(task=2, points=3, kind="gradient", wrt=("x", "h0", "Wx", "Wh", "b"))
class SevenSteps:
    "All five gradients, back through seven steps"

    def make(rng):
        return network(rng, 3, 7, 4, 5)

    def ask(answer, inputs):
        return gradients(answer, inputs)

    def value(answer, inputs):
        return (forward(answer, inputs)[0] * inputs["dh"]).sum()

    def truth(inputs):
        return slopes_of(inputs)


@calls({2: both}, truth=both_of, kind="gradient")
def ManySizes(rng):
    "Many sizes: one sequence, one step, one number, one unit, and all sizes equal"
    return [network(rng, *size) for size in SIZES]


@calls({2: gradients}, truth=slopes_of, kind="gradient")
def OneMessageOnly(rng):
    "A message at the last step only, at the first only, in one sequence only, none at all, and tiny ones"
    c = network(rng, 3, 5, 2, 4)
    kept = [np.zeros((3, 5, 4)) for _ in range(4)]
    kept[0][:, -1] = kept[1][:, 0] = kept[2][1] = 1
    return [c | {"dh": c["dh"] * keep} for keep in [*kept, 1e-8]]


@calls({2: gradients}, truth=slopes_of, seeds=2, tolerance=T64n, kind="gradient")
def ManySteps(rng):
    "Back through thirty steps, with strong weights"
    c = network(rng, 1, 30, 2, 3)
    return {**c, "Wh": c["Wh"] * 2}


@calls({2: gradients}, truth=slopes_of, seeds=2, tolerance=T64n, kind="gradient")
def LongWay(rng):
    "A message at the last of fifty steps that arrives at the first"
    c = network(rng, 1, 50, 2, 3)
    Wh, _ = np.linalg.qr(rng.normal(size=(3, 3)))  # a rotation: no step makes the message shorter
    dh = c["dh"] * (np.arange(50) == 49)[:, None]
    return c | {"x": 0.02 * c["x"], "h0": 0.1 * c["h0"], "Wh": Wh, "b": 0.002 * c["b"], "dh": dh}


@calls({2: gradients}, truth=slopes_of, kind="edge")
def AwkwardNumbers(rng):
    "Units at their limit, tiny, large and zero inputs, twins in one batch, weights and states of zero"
    c = network(rng, 4, 3, 2, 5)
    made = [{"x": c["x"][[0, 0, 1, 1]]}, {"x": c["x"] * np.array([1.0, 8.0, 1e-4, 0.0])[:, None, None]}]
    made += [{"h0": np.zeros((4, 5))}, {"Wh": np.zeros((5, 5))}, {"b": c["b"] * 800}]
    made.append({"x": c["x"] * np.array([1.0, 0.0, 1.0])[:, None]})
    return [c | change for change in made]


@probe(task=2, kind="gradient")
class TwoAtOnce:
    "Two forward passes before the first backward pass, and one cache sent back twice"

    def make(rng):
        return {"first": network(rng, 2, 3, 4, 5), "second": network(rng, 2, 3, 4, 5)}

    def ask(answer, inputs):
        first, second = inputs["first"], inputs["second"]
        h1, one = forward(answer, first)
        h2, two = forward(answer, second)
        back = [answer.rnn_bwd(first["dh"], one), answer.rnn_bwd(second["dh"], two)]
        return [h1, h2, *back, answer.rnn_bwd(second["dh"], one), answer.rnn_bwd(first["dh"], one)]

    def truth(inputs):
        first, second = inputs["first"], inputs["second"]
        one, two = slopes_of(first), slopes_of(second)
        return [states(first), states(second), one, two, slopes_of(first | {"dh": second["dh"]}), one]


@probe(task=2, kind="edge")
class AskedAgain:
    "There and back twice, the second time with new numbers in the same arrays"

    def make(rng):
        return {"first": network(rng, 2, 3, 4, 5), "second": network(rng, 2, 3, 4, 5)}

    def ask(answer, inputs):
        arrays = {name: value.copy() for name, value in inputs["first"].items()}
        first = both(answer, arrays)
        kept = {"h": first["h"].copy(), "gradients": first["gradients"]}
        for name, value in inputs["second"].items():
            arrays[name][...] = value
        return [kept, both(answer, arrays)]

    def truth(inputs):
        return [both_of(inputs["first"]), both_of(inputs["second"])]


@calls({2: both_views}, truth=both_of_views, seeds=2, kind="edge")
def Views(rng):
    "Transposed arrays, views with gaps, and a message that repeats one row"
    return {
        "x": rng.normal(size=(3, 6, 2)),
        "h0": rng.normal(size=(2, 4)),
        "Wx": rng.normal(size=(4, 3)),
        "Wh": rng.normal(size=(8, 8)) * 0.5,
        "b": rng.normal(size=1),
        "dh": rng.normal(size=4),
    }


@calls({2: both}, truth=both_of, seeds=2, tolerance=T32, kind="gradient")
def SinglePrecision(rng):
    "float32 in, float32 out, there and back"
    return {name: value.astype(np.float32) for name, value in network(rng, 3, 5, 4, 6).items()}
