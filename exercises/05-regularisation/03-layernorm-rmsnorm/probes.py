"""Layer norm and RMS norm: rows of every sort and any number of axes, slopes by complex steps and more."""

from functools import partial

import numpy as np

from grader.language import T32, calls, probe, travels

SHAPES = ((4, 3), (2, 3, 5), (7,), (1, 6), (3, 3), (2, 1, 2, 4), (5, 1), (3, 8), (2, 1, 2, 1, 3))


def layer(rng, *shape, **options):
    """Examples of different mean and spread, a message of both signs, and among many factors a 0."""
    d, one = shape[-1], (*shape[:-1], 1)
    g = rng.uniform(0.4, 2, d) * rng.choice([-1.0, 1.0], d)
    if d > 3:
        g[int(rng.integers(d))] = 0.0
    return {
        "x": rng.standard_normal(shape) * rng.uniform(0.5, 3, one) + rng.uniform(-2, 2, one),
        "g": g,
        "b": rng.standard_normal(d),
        "dy": rng.standard_normal(shape),
        "options": options,
    }


def in_float32(made):
    return {k: v.astype("float32") if isinstance(v, np.ndarray) else v for k, v in made.items()}


def tidy(made):
    return {k: v.round(1) if isinstance(v, np.ndarray) else v for k, v in made.items()}


def twins(rng, shape):
    """Two layers of equal shape and another message to the first."""
    return {"one": layer(rng, *shape), "two": layer(rng, *shape), "again": rng.standard_normal(shape)}


# ---- the learner's functions -----------------------------------------------------------------------


@travels
def named(gradients):
    return dict(zip(("dx", "dg", "db"), gradients))


@travels
def ln(fwd, c):
    return fwd(c["x"], c["g"], c["b"], **c["options"])


@travels
def rms(fwd, c):
    return fwd(c["x"], c["g"], **c["options"])


@travels
def ln_forward(fwd, c):
    return ln(fwd, c)[0]


@travels
def rms_forward(fwd, c):
    return rms(fwd, c)[0]


@travels
def ln_backward(bwd, fwd, c):
    y, cache = ln(fwd, c)
    y[...] = 0.0
    return named(bwd(c["dy"], cache))


@travels
def rms_backward(bwd, fwd, c):
    y, cache = rms(fwd, c)
    y[...] = 0.0
    return named(bwd(c["dy"], cache))


@travels
def with_gaps(c):
    """Views: transposed, back to front, every other number, and a message that repeats one row."""
    x = c["x"].T[:, ::2]
    return c | {"x": x, "g": c["g"][::3], "b": c["b"][::-1], "dy": np.broadcast_to(c["dy"], x.shape)}


@travels
def ln_forward_views(fwd, c):
    return ln_forward(fwd, with_gaps(c))


@travels
def rms_forward_views(fwd, c):
    return rms_forward(fwd, with_gaps(c))


@travels
def ln_backward_views(bwd, fwd, c):
    return ln_backward(bwd, fwd, with_gaps(c))


@travels
def rms_backward_views(bwd, fwd, c):
    return rms_backward(bwd, fwd, with_gaps(c))


@travels
def two_forwards(run, fwd, c):
    """Two results of equal shape, looked at after both calls, and the input of one that was written into."""
    kept = [run(fwd, c[name])[0] for name in ("one", "two")]
    results = [y.copy() for y in kept]
    kept[0][...] = 77.0
    return [*results, kept[1], c["one"]["x"].copy()]


@travels
def ln_two_forwards(fwd, c):
    return two_forwards(ln, fwd, c)


@travels
def rms_two_forwards(fwd, c):
    return two_forwards(rms, fwd, c)


@travels
def interleaved(run, bwd, fwd, c):
    """Two forwards, the first one's backward last, one cache twice, gradients written into in between."""
    _, first = run(fwd, c["one"])
    _, second = run(fwd, c["two"])
    results = []
    for dy, cache in ((c["two"]["dy"], second), (c["one"]["dy"], first), (c["again"], first)):
        handed = dy.copy()
        gradients = bwd(handed, cache)
        results.append(named([gradient.copy() for gradient in gradients]))
        for gradient in gradients:
            gradient[...] = 77.0
        results.append(handed)
    return results


@travels
def ln_interleaved(bwd, fwd, c):
    return interleaved(ln, bwd, fwd, c)


@travels
def rms_interleaved(bwd, fwd, c):
    return interleaved(rms, bwd, fwd, c)


FORWARD = {1: (ln_forward, "ln_fwd"), 3: (rms_forward, "rms_fwd")}
FORWARD_VIEWS = {1: (ln_forward_views, "ln_fwd"), 3: (rms_forward_views, "rms_fwd")}
TWO_FORWARDS = {1: (ln_two_forwards, "ln_fwd"), 3: (rms_two_forwards, "rms_fwd")}
BACKWARD = {2: (ln_backward, "ln_bwd", "ln_fwd"), 4: (rms_backward, "rms_bwd", "rms_fwd")}
BACKWARD_VIEWS = {2: (ln_backward_views, "ln_bwd", "ln_fwd"), 4: (rms_backward_views, "rms_bwd", "rms_fwd")}
INTERLEAVED = {2: (ln_interleaved, "ln_bwd", "ln_fwd"), 4: (rms_interleaved, "rms_bwd", "rms_fwd")}

# ---- what is right ---------------------------------------------------------------------------------


def formula(name, c):
    """y of real or complex numbers, in extended precision where they are real."""
    x, g, b = c["x"], c["g"], c["b"] if name == "ln" else 0
    if not np.iscomplexobj(x) and not np.iscomplexobj(g) and not np.iscomplexobj(b):
        x, g = x.astype(np.longdouble), g.astype(np.longdouble)
    d, eps = x.shape[-1], c["options"].get("eps", 1e-5)
    if name == "ln":
        x = x - x.sum(axis=-1)[..., None] / d
    return g * (x / np.sqrt((x * x).sum(axis=-1)[..., None] / d + eps)) + b


def exact(name, c):
    return formula(name, c).astype(c["x"].dtype)


def exact_views(name, c):
    return exact(name, with_gaps(c))


def exact_two(name, c):
    one, two = exact(name, c["one"]), exact(name, c["two"])
    return [one, two, two, c["one"]["x"].copy()]


def by_complex_step(name, c):
    """The slope of sum(dy * y) in every number of x, g and b, nudged sideways one at a time."""
    found = []
    for which in ("x", "g", "b")[: 3 if name == "ln" else 2]:
        array = c[which].astype(np.float64)
        slope = np.zeros(array.shape)
        for index in np.ndindex(*array.shape):
            nudged = array.astype(complex)
            nudged[index] += 1e-30j
            slope[index] = (c["dy"] * formula(name, c | {which: nudged})).sum().imag / 1e-30
        found.append(slope.astype(c[which].dtype))
    return named(found)


def by_jacobian(name, c):
    """From the slopes within one example: (1[i=j] - 1/D - xh_i xh_j / D) / s; RMS norm without the 1/D."""
    x, d = c["x"].astype(np.longdouble), c["x"].shape[-1]
    if name == "ln":
        x = x - x.mean(axis=-1, keepdims=True)
    spread = np.sqrt((x**2).mean(axis=-1, keepdims=True) + c["options"].get("eps", 1e-5))
    hat = x / spread
    within = np.eye(d) - hat[..., :, None] * hat[..., None, :] / d - (1 / d if name == "ln" else 0)
    dx = ((c["dy"] * c["g"])[..., None] * within).sum(axis=-2) / spread
    leading = tuple(range(x.ndim - 1))
    gradients = [dx, (c["dy"] * hat).sum(axis=leading)] + [c["dy"].sum(axis=leading)] * (name == "ln")
    return named(np.array(gradient).astype(c["x"].dtype) for gradient in gradients)


def by_jacobian_views(name, c):
    return by_jacobian(name, with_gaps(c))


def by_jacobian_interleaved(name, c):
    again = c["one"] | {"dy": c["again"]}
    found = []
    for case in (c["two"], c["one"], again):
        found += [by_jacobian(name, case), case["dy"]]
    return found


VALUES = {1: partial(exact, "ln"), 3: partial(exact, "rms")}
VIEWS = {1: partial(exact_views, "ln"), 3: partial(exact_views, "rms")}
TWO = {1: partial(exact_two, "ln"), 3: partial(exact_two, "rms")}
SIDEWAYS = {2: partial(by_complex_step, "ln"), 4: partial(by_complex_step, "rms")}
SLOPES = {2: partial(by_jacobian, "ln"), 4: partial(by_jacobian, "rms")}
SLOPES_OF_VIEWS = {2: partial(by_jacobian_views, "ln"), 4: partial(by_jacobian_views, "rms")}
SLOPES_INTERLEAVED = {2: partial(by_jacobian_interleaved, "ln"), 4: partial(by_jacobian_interleaved, "rms")}


# ---- forward ---------------------------------------------------------------------------------------


@calls(FORWARD, truth=VALUES, visible=True, seeds=2)
def TwoExamples(rng):
    "{} of two examples with three numbers each"
    return {**tidy(layer(rng, 2, 3))}


@calls(FORWARD, truth=VALUES, points=2)
def ManyShapes(rng):
    "{} with one axis and with several, single numbers, as many examples as numbers"
    return [layer(rng, *shape) for shape in SHAPES]


@calls(FORWARD, truth=VALUES, seeds=2)
def EpsWhereItCounts(rng):
    "{} of numbers as small as the root of eps, for several eps"
    made = [layer(rng, 3, 4, eps=eps) for eps in (1e-3, 0.2, 1e-14)]
    small = [c | {"x": c["x"] * c["options"]["eps"] ** 0.5} for c in made]
    return [*small, layer(rng, 2, 5) | {"x": 1e-4 * rng.standard_normal((2, 5))}]


@calls(FORWARD, truth=VALUES, kind="edge")
def FarFromZero(rng):
    "{} of examples with mean a hundred thousand and spread 1"
    return layer(rng, 4, 6) | {"x": rng.standard_normal((4, 6)) + 1e5 * rng.choice([-1.0, 1.0], (4, 1))}


@calls(FORWARD, truth=VALUES, kind="edge")
def ConstantAndZero(rng):
    "{} of examples that are constant, all zeros, fifty times larger, or equal to each other"
    made = [layer(rng, 3, 4) for _ in range(4)]
    made[0]["x"][:] = rng.integers(-9, 9, (3, 1))
    made[1]["x"][1] = 0.0
    made[2]["x"][0] *= 50.0
    made[3]["x"][2] = made[3]["x"][0]
    return made


@calls(FORWARD, truth=VALUES, kind="edge", seeds=2)
def NoExamples(rng):
    "{} with no examples, of float64 and of float32, beside one with some"
    return [layer(rng, 0, 5), layer(rng, 2, 0, 3), layer(rng, 3, 2), in_float32(layer(rng, 0, 4))]


@calls(FORWARD, truth=VALUES, seeds=2, tolerance=T32)
def InFloat32(rng):
    "{}: float32 in, float32 out"
    return {**in_float32(layer(rng, 2, 3, 7))}


@calls(FORWARD, truth=VALUES, seeds=2, tolerance=T32, kind="edge")
def FarFromZeroInFloat32(rng):
    "{}: float32 examples with mean 100 and spread 1"
    return in_float32(layer(rng, 5, 8) | {"x": rng.standard_normal((5, 8)) + 100})


@calls(FORWARD_VIEWS, truth=VIEWS, seeds=2, kind="edge")
def Views(rng):
    "{} of transposed arrays and views with gaps"
    return layer(rng, 4, 7) | {"g": rng.standard_normal(5), "b": rng.standard_normal(2), "dy": np.ones(2)}


@calls(TWO_FORWARDS, truth=TWO, seeds=2)
def EarlierResultsStay(rng):
    "{} twice with equal shapes, both results looked at afterwards"
    return {**twins(rng, (2, 3))}


# ---- backward --------------------------------------------------------------------------------------


@calls(BACKWARD, truth=SIDEWAYS, visible=True, seeds=2, kind="gradient")
def TwoMessages(rng):
    "{}: all gradients for two examples with three numbers each"
    return {**tidy(layer(rng, 2, 3))}


@probe(task=2, seeds=2, kind="gradient", wrt=("x", "g", "b"))
class LayerNormAgainstDifferences:
    "ln_bwd: all gradients, proven by differences, with another eps"

    def make(rng):
        return layer(rng, 2, 3, 4, eps=0.05)

    def ask(answer, inputs):
        return ln_backward(answer.ln_bwd, answer.ln_fwd, inputs)

    def value(answer, inputs):
        return float((ln_forward(answer.ln_fwd, inputs) * inputs["dy"]).sum())

    def truth(inputs):
        return by_complex_step("ln", inputs)


@probe(task=4, seeds=2, kind="gradient", wrt=("x", "g"))
class RmsNormAgainstDifferences:
    "rms_bwd: all gradients, proven by differences, with another eps"

    def make(rng):
        return layer(rng, 2, 3, 4, eps=0.05)

    def ask(answer, inputs):
        return rms_backward(answer.rms_bwd, answer.rms_fwd, inputs)

    def value(answer, inputs):
        return float((rms_forward(answer.rms_fwd, inputs) * inputs["dy"]).sum())

    def truth(inputs):
        return by_complex_step("rms", inputs)


@calls(BACKWARD, truth=SLOPES, points=2, kind="gradient")
def BackwardOfManyShapes(rng):
    "{} with one axis and with several, and for factors of 1 and shifts of 0"
    return [layer(rng, *shape) for shape in SHAPES] + [layer(rng, 4, 3) | {"g": np.ones(3), "b": np.zeros(3)}]


@calls(BACKWARD, truth=SLOPES, kind="edge")
def BackwardOfConstantAndZero(rng):
    "{} of examples that are constant or all zeros"
    made = [layer(rng, 3, 4) for _ in range(2)]
    made[0]["x"][:] = rng.integers(-9, 9, (3, 1))
    made[1]["x"][1] = 0.0
    return made


@calls(BACKWARD, truth=SLOPES, kind="edge")
def BackwardFarFromZero(rng):
    "{} of examples with mean a hundred thousand and spread 1"
    return layer(rng, 4, 6) | {"x": rng.standard_normal((4, 6)) + 1e5 * rng.choice([-1.0, 1.0], (4, 1))}


@calls(BACKWARD, truth=SLOPES, kind="edge", seeds=2)
def SparseMessages(rng):
    "{}: a message to one example only, to one number of each, and the same for all numbers"
    made = [layer(rng, 3, 4) for _ in range(3)]
    made[0]["dy"][[0, 2]] = 0.0
    made[1]["dy"][:, 1:] = 0.0
    made[2]["dy"][:] = 2.0
    return made


@calls(BACKWARD, truth=SLOPES, kind="edge", seeds=2)
def BackwardOfNoExamples(rng):
    "{} with no examples, of float64 and of float32, beside one with some"
    return [layer(rng, 0, 5), layer(rng, 2, 0, 3), layer(rng, 3, 2), in_float32(layer(rng, 0, 4))]


@calls(BACKWARD, truth=SLOPES, seeds=2, tolerance=T32, kind="gradient")
def BackwardInFloat32(rng):
    "{}: float32 in, float32 gradients out"
    return {**in_float32(layer(rng, 2, 3, 7))}


@calls(BACKWARD_VIEWS, truth=SLOPES_OF_VIEWS, seeds=2, kind="edge")
def BackwardOfViews(rng):
    "{} of transposed arrays, views with gaps, and a message that repeats one row"
    made = {"g": rng.standard_normal(5), "b": rng.standard_normal(2), "dy": rng.standard_normal(2)}
    return layer(rng, 4, 7) | made


@calls(INTERLEAVED, truth=SLOPES_INTERLEAVED, points=2, kind="gradient")
def SeveralAtOnce(rng):
    "{}: two forward passes before the first backward pass, and one cache used twice"
    return {**twins(rng, (3, 4))}


@calls(INTERLEAVED, truth=SLOPES_INTERLEAVED, seeds=2, kind="gradient")
def SeveralSingleExamples(rng):
    "{}: the same with single examples of one axis"
    return {**twins(rng, (5,))}
