"""Batch normalisation: columns of every sort, the memory step by step, slopes by complex steps and more."""

import numpy as np

from grader.language import EXACT, T32, T64n, calls, probe, travels

SIZES = ((5, 3), (2, 4), (7, 1), (4, 4), (3, 8), (33, 2))


def layer(rng, n, d, **options):
    """A batch with columns of different mean and spread, a random message, and among many factors a 0."""
    g = rng.uniform(0.4, 2, d) * rng.choice([-1.0, 1.0], d)
    if d > 3:
        g[int(rng.integers(d))] = 0.0
    return {
        "x": rng.standard_normal((n, d)) * rng.uniform(0.5, 3, d) + rng.uniform(-2, 2, d),
        "g": g,
        "b": rng.standard_normal(d),
        "run_mean": rng.standard_normal(d),
        "run_var": rng.uniform(0.3, 4, d),
        "dy": rng.standard_normal((n, d)),
        "options": options,
    }


def without_message(made):
    return {name: value for name, value in made.items() if name != "dy"}


def in_float32(made):
    return {k: v.astype("float32") if isinstance(v, np.ndarray) else v for k, v in made.items()}


def tidy(made):
    return {k: v.round(1) if isinstance(v, np.ndarray) else v for k, v in made.items()}


# ---- the learner's functions -----------------------------------------------------------------------


@travels
def named(gradients):
    return dict(zip(("dx", "dg", "db"), gradients))


@travels
def forward(answer, c, train=True):
    """y alone, with a memory of its own."""
    memory = c["run_mean"].copy(), c["run_var"].copy()
    return answer.bn_fwd(c["x"], c["g"], c["b"], *memory, train, **c["options"])[0]


@travels
def evaluated(answer, c):
    return forward(answer, c, False)


@travels
def memory_after(answer, c):
    mean, var = c["run_mean"].copy(), c["run_var"].copy()
    answer.bn_fwd(c["x"], c["g"], c["b"], mean, var, True, **c["options"])
    return {"run_mean": mean, "run_var": var}


@travels
def story(answer, c):
    """Batch after batch with one memory, and after each what a few unseen examples become."""
    mean, var, told = c["run_mean"].copy(), c["run_var"].copy(), []
    for x in c["batches"]:
        answer.bn_fwd(x, c["g"], c["b"], mean, var, True, **c["options"])
        unseen, cache = answer.bn_fwd(c["x"], c["g"], c["b"], mean, var, False, **c["options"])
        told.append({"run_mean": mean.copy(), "run_var": var.copy(), "y": unseen})
    return told


@travels
def backward(answer, c, train=True):
    mean, var = c["run_mean"].copy(), c["run_var"].copy()
    y, cache = answer.bn_fwd(c["x"], c["g"], c["b"], mean, var, train, **c["options"])
    y[...] = 0.0
    mean += 5.0
    var += 5.0
    return named(answer.bn_bwd(c["dy"], cache))


@travels
def backward_evaluated(answer, c):
    return backward(answer, c, False)


@travels
def with_gaps(c):
    """Views: transposed, back to front, every other number."""
    views = {"x": c["x"].T, "g": c["g"][::2], "b": c["b"][::-1]}
    return c | views | ({"dy": np.broadcast_to(c["dy"], c["x"].T.shape)} if "dy" in c else {})


@travels
def forward_views(answer, c):
    return forward(answer, with_gaps(c))


@travels
def evaluated_views(answer, c):
    return evaluated(answer, with_gaps(c))


@travels
def memory_in_views(answer, c):
    """The memory itself is every other number of a longer array, whose other numbers must stay."""
    means, variances = c["means"].copy(), c["variances"].copy()
    answer.bn_fwd(c["x"], c["g"], c["b"], means[::2], variances[::-2], True)
    return [means, variances]


@travels
def backward_views(answer, c):
    return backward(answer, with_gaps(c))


# ---- what is right ---------------------------------------------------------------------------------


def normalised(c, train=True):
    """y of real or complex numbers, in the extended precision where they are real."""
    x, g, b = c["x"], c["g"], c["b"]
    if not np.iscomplexobj(x) and not np.iscomplexobj(g) and not np.iscomplexobj(b):
        x, g, b = (a.astype(np.longdouble) for a in (x, g, b))
    eps = c["options"].get("eps", 1e-5)
    if train:
        centred = x - x.sum(axis=0) / len(x)
        spread = np.sqrt((centred * centred).sum(axis=0) / len(x) + eps)
    else:
        centred, spread = x - c["run_mean"], np.sqrt(c["run_var"] + eps)
    return g * (centred / spread) + b


def exact_forward(c):
    return normalised(c).astype(c["x"].dtype)


def exact_evaluated(c):
    return normalised(c, False).astype(c["x"].dtype)


def exact_forward_views(c):
    return exact_forward(with_gaps(c))


def exact_evaluated_views(c):
    return exact_evaluated(with_gaps(c))


def moved(old, new, c):
    momentum = c["options"].get("momentum", 0.1)
    return ((1 - momentum) * old + momentum * new).astype(old.dtype)


def exact_memory(c):
    x = c["x"].astype(np.longdouble)
    mean = x.sum(axis=0) / len(x)
    var = ((x - mean) ** 2).sum(axis=0) / (len(x) - 1)
    return {"run_mean": moved(c["run_mean"], mean, c), "run_var": moved(c["run_var"], var, c)}


def exact_story(c):
    told, memory = [], {"run_mean": c["run_mean"], "run_var": c["run_var"]}
    for x in c["batches"]:
        memory = exact_memory(c | memory | {"x": x})
        told.append(memory | {"y": exact_evaluated(c | memory)})
    return told


def by_complex_step(c, train=True):
    """The slope of sum(dy * y) in every number of x, g and b, nudged sideways one at a time."""
    found = []
    for name in ("x", "g", "b"):
        array = c[name].astype(np.float64)
        slope = np.zeros(array.shape)
        for index in np.ndindex(*array.shape):
            nudged = array.astype(complex)
            nudged[index] += 1e-30j
            slope[index] = (c["dy"] * normalised(c | {name: nudged}, train)).sum().imag / 1e-30
        found.append(slope.astype(c[name].dtype))
    return named(found)


def by_complex_step_evaluated(c):
    return by_complex_step(c, False)


def by_jacobian(c):
    """From the matrix of all slopes within a column: d y_i / d x_j = g (1[i=j] - 1/N - xh_i xh_j / N) / s."""
    x = c["x"].astype(np.longdouble)
    n, centred = len(x), x - x.mean(axis=0)
    spread = np.sqrt((centred**2).mean(axis=0) + c["options"].get("eps", 1e-5))
    hat = centred / spread
    within = np.eye(n)[:, :, None] - 1 / n - hat[:, None, :] * hat[None, :, :] / n
    dx = (c["dy"][:, None, :] * within * c["g"] / spread).sum(axis=0)
    gradients = (dx, (c["dy"] * hat).sum(axis=0), c["dy"].sum(axis=0))
    return named(gradient.astype(c["x"].dtype) for gradient in gradients)


def by_jacobian_views(c):
    return by_jacobian(with_gaps(c))


# ---- task 1 ----------------------------------------------------------------------------------------


@calls({1: forward}, truth=exact_forward, visible=True, seeds=2)
def SmallBatch(rng):
    "y for three examples with two numbers each"
    return {**tidy(without_message(layer(rng, 3, 2)))}


@calls({1: forward}, truth=exact_forward, points=2)
def ManySizes(rng):
    "many sizes: two examples, one column, as many examples as columns"
    return [without_message(layer(rng, *size)) for size in SIZES]


@calls({1: forward}, truth=exact_forward, seeds=2)
def EpsWhereItCounts(rng):
    "a spread as small as the root of eps, for several eps"
    made = [without_message(layer(rng, 5, 3, eps=eps)) for eps in (1e-3, 0.2, 1e-14)]
    return [c | {"x": c["x"] * c["options"]["eps"] ** 0.5} for c in made]


@calls({1: forward}, truth=exact_forward, kind="edge")
def ConstantColumns(rng):
    "constant columns beside others, and a batch of twins"
    made = [without_message(layer(rng, 4, 5)), without_message(layer(rng, 3, 2))]
    made[0]["x"][:, [1, 3]] = rng.integers(-9, 9, 2)
    made[1]["x"][:] = rng.integers(-9, 9, 2)
    return made


@calls({1: forward}, truth=exact_forward, kind="edge", tolerance=T64n)
def FarFromZero(rng):
    "columns with mean a million and spread 1"
    made = without_message(layer(rng, 9, 4))
    return made | {"x": rng.standard_normal((9, 4)) + 1e6 * rng.choice([-1.0, 1.0], 4)}


@calls({1: forward}, truth=exact_forward, seeds=2, tolerance=T32)
def InFloat32(rng):
    "float32 in, float32 out"
    return {**in_float32(without_message(layer(rng, 6, 5)))}


@calls({1: forward}, truth=exact_forward, seeds=2, tolerance=T32, kind="edge")
def FarFromZeroInFloat32(rng):
    "float32 columns with mean 30 and spread 1"
    made = without_message(layer(rng, 8, 3))
    return in_float32(made | {"x": rng.standard_normal((8, 3)) + 30})


@calls({1: forward_views}, truth=exact_forward_views, seeds=2, kind="edge")
def Views(rng):
    "transposed arrays and views with gaps"
    made = without_message(layer(rng, 3, 7))
    return made | {
        "g": rng.standard_normal(6),
        "b": rng.standard_normal(3),
        "run_mean": np.zeros(3),
        "run_var": np.ones(3),
    }


@probe(task=1, seeds=2)
class EarlierResultsStay:
    "two batches of equal shape, both results looked at afterwards"

    def make(rng):
        return {"cases": [without_message(layer(rng, 4, 3)) for _ in range(2)]}

    def ask(answer, inputs):
        return [forward(answer, c) for c in inputs["cases"]]

    def truth(inputs):
        return [exact_forward(c) for c in inputs["cases"]]


# ---- task 2 ----------------------------------------------------------------------------------------
# pure=False where the memory itself is looked at: who is called twice moves it on twice, as it should be.


@calls({2: memory_after}, truth=exact_memory, visible=True, seeds=2, pure=False)
def MemoryAfterABatch(rng):
    "run_mean and run_var after a batch of three"
    return {**tidy(without_message(layer(rng, 3, 2)))}


@calls({2: evaluated}, truth=exact_evaluated, visible=True, seeds=2)
def SmallEvaluation(rng):
    "y of two examples at evaluation"
    return {**tidy(without_message(layer(rng, 2, 3)))}


@calls({2: memory_after}, truth=exact_memory, pure=False)
def MemoryOfManySizes(rng):
    "the memory after batches of many sizes"
    return [without_message(layer(rng, *size)) for size in SIZES]


@calls({2: memory_after}, truth=exact_memory, seeds=2, pure=False)
def MemoryWithOtherMomenta(rng):
    "the memory with momentum 0.37, 0.9, 1 and 0"
    return [without_message(layer(rng, 4, 3, momentum=momentum)) for momentum in (0.37, 0.9, 1.0, 0.0)]


@calls({2: story}, truth=exact_story, points=2, pure=False)
def BatchAfterBatch(rng):
    "five batches of different sizes, with the memory and an evaluation after each"
    made = without_message(layer(rng, 3, 4, momentum=0.3, eps=0.01))
    return made | {"batches": [layer(rng, n, 4)["x"] for n in (6, 2, 9, 6, 3)]}


@calls({2: evaluated}, truth=exact_evaluated)
def EvaluationOfManySizes(rng):
    "y at evaluation: a single example, many, and with another eps"
    sizes = ((1, 3), (1, 1), (6, 4), (3, 3))
    return [without_message(layer(rng, *size)) for size in sizes] + [
        without_message(layer(rng, 5, 2, eps=0.3))
    ]


@calls({2: memory_after}, truth=exact_memory, kind="edge", tolerance=T64n)
def MemoryFarFromZero(rng):
    "the memory after columns with mean a million and spread 1"
    made = without_message(layer(rng, 9, 4, momentum=1.0))
    return made | {"x": rng.standard_normal((9, 4)) + 1e6 * rng.choice([-1.0, 1.0], 4)}


@calls({2: story}, truth=exact_story, seeds=2, tolerance=T32, pure=False)
def BatchAfterBatchInFloat32(rng):
    "float32 in, float32 out, and the memory stays float32"
    made = without_message(layer(rng, 3, 2))
    return in_float32(made) | {"batches": [layer(rng, n, 2)["x"].astype("float32") for n in (4, 7)]}


@calls({2: evaluated_views}, truth=exact_evaluated_views, seeds=2, kind="edge")
def EvaluationOfViews(rng):
    "evaluation with transposed arrays and views with gaps"
    made = without_message(layer(rng, 3, 7))
    memory = {"run_mean": rng.standard_normal(3), "run_var": rng.uniform(0.5, 2, 3)}
    return made | {"g": rng.standard_normal(6), "b": rng.standard_normal(3)} | memory


@probe(task=2, seeds=2, kind="edge", pure=False)
class MemoryInViews:
    "a memory that is every other number of a longer array"

    def make(rng):
        made = layer(rng, 5, 3)
        mine = {name: made[name] for name in ("x", "g", "b")}
        return mine | {"means": rng.standard_normal(6), "variances": rng.uniform(0.5, 2, 6)}

    def ask(answer, inputs):
        return memory_in_views(answer, inputs)

    def truth(inputs):
        means, variances = inputs["means"].copy(), inputs["variances"].copy()
        memory = {"run_mean": means[::2], "run_var": variances[::-2], "options": {}}
        means[::2], variances[::-2] = exact_memory(inputs | memory).values()
        return [means, variances]


@probe(task=2, seeds=2, tolerance=EXACT, kind="edge", veto=True)
class OneExampleWhileTraining:
    "a batch of one while training, for several momenta: a ValueError, and a memory that stays as it was"

    def make(rng):
        return {"cases": [without_message(layer(rng, 1, 3, momentum=momentum)) for momentum in (0.1, 0, 1)]}

    def ask(answer, inputs):
        told = []
        for c in inputs["cases"]:
            mean, var, raised = c["run_mean"].copy(), c["run_var"].copy(), "no ValueError"
            try:
                answer.bn_fwd(c["x"], c["g"], c["b"], mean, var, True, **c["options"])
            except ValueError:
                raised = "ValueError"
            told.append([raised, mean, var])
        return told

    def truth(inputs):
        return [["ValueError", c["run_mean"], c["run_var"]] for c in inputs["cases"]]


@probe(task=2, seeds=2)
class EvaluationsStay:
    "two evaluations of equal shape, both results looked at afterwards, and the memory"

    def make(rng):
        return {"cases": [without_message(layer(rng, 4, 3)) for _ in range(2)]}

    def ask(answer, inputs):
        first, second = inputs["cases"]
        mean, var, results = first["run_mean"].copy(), first["run_var"].copy(), []
        for c in (first, second):
            results.append(answer.bn_fwd(c["x"], c["g"], c["b"], mean, var, False)[0])
        return [*results, mean, var]

    def truth(inputs):
        first, second = inputs["cases"]
        memory = {"run_mean": first["run_mean"], "run_var": first["run_var"]}
        return [exact_evaluated(first), exact_evaluated(second | memory), *memory.values()]


# ---- task 3 ----------------------------------------------------------------------------------------


@probe(task=3, visible=True, seeds=2, kind="gradient", wrt=("x", "g", "b"))
class SmallBackward:
    "dx, dg and db for three examples with two numbers each"

    def make(rng):
        return tidy(layer(rng, 3, 2))

    def ask(answer, inputs):
        return backward(answer, inputs)

    def value(answer, inputs):
        return float((forward(answer, inputs) * inputs["dy"]).sum())

    def truth(inputs):
        return by_complex_step(inputs)


@probe(points=2, visible=False, seeds=3)
class Backward(SmallBackward):
    "dx, dg and db for five examples with three numbers each, with another eps"

    def make(rng):
        return layer(rng, 5, 3, eps=0.05)


@calls({3: backward}, truth=by_jacobian, kind="gradient")
def BackwardOfManySizes(rng):
    "all three gradients for many sizes, and for factors of 1 and shifts of 0"
    return [layer(rng, *size) for size in SIZES] + [layer(rng, 4, 3) | {"g": np.ones(3), "b": np.zeros(3)}]


@probe(task=3, seeds=2, kind="gradient", wrt=("x", "g", "b"))
class BackwardAtEvaluation:
    "all three gradients after a forward pass with train=False"

    def make(rng):
        return layer(rng, 4, 3, eps=0.1)

    def ask(answer, inputs):
        return backward_evaluated(answer, inputs)

    def value(answer, inputs):
        return float((evaluated(answer, inputs) * inputs["dy"]).sum())

    def truth(inputs):
        return by_complex_step_evaluated(inputs)


@calls({3: backward_evaluated}, truth=by_complex_step_evaluated, visible=True, seeds=1, kind="gradient")
def SmallBackwardAtEvaluation(rng):
    "dx, dg and db after a forward pass with train=False"
    return {**tidy(layer(rng, 2, 3))}


@calls({3: backward_evaluated}, truth=by_complex_step_evaluated, kind="gradient")
def BackwardAtEvaluationOfManySizes(rng):
    "all three gradients at evaluation, of a single example too"
    return [layer(rng, *size) for size in ((1, 3), (1, 1), (6, 2), (3, 3))]


@calls({3: backward}, truth=by_jacobian, kind="edge")
def BackwardOfConstantColumns(rng):
    "constant columns beside others"
    made = layer(rng, 4, 5)
    made["x"][:, [1, 3]] = rng.integers(-9, 9, 2)
    return [made]


@calls({3: backward}, truth=by_jacobian, kind="edge", tolerance=T64n)
def BackwardFarFromZero(rng):
    "columns with mean a million and spread 1"
    return layer(rng, 7, 3) | {"x": rng.standard_normal((7, 3)) + 1e6 * rng.choice([-1.0, 1.0], 3)}


@calls({3: backward}, truth=by_jacobian, kind="edge", seeds=2)
def MessagesOfOneColumn(rng):
    "a message to one column only, and one that is the same for all examples"
    made = [layer(rng, 5, 3), layer(rng, 4, 2)]
    made[0]["dy"][:, [0, 2]] = 0.0
    made[1]["dy"][:, 1] = 2.0
    return made


@calls({3: backward}, truth=by_jacobian, seeds=2, tolerance=T32, kind="gradient")
def BackwardInFloat32(rng):
    "float32 in, float32 gradients out"
    return {**in_float32(layer(rng, 6, 4))}


@calls({3: backward_evaluated}, truth=by_complex_step_evaluated, seeds=2, tolerance=T32, kind="gradient")
def BackwardAtEvaluationInFloat32(rng):
    "float32 at evaluation"
    return {**in_float32(layer(rng, 3, 4))}


@calls({3: backward_views}, truth=by_jacobian_views, seeds=2, kind="edge")
def BackwardOfViews(rng):
    "transposed arrays, views with gaps, and a message that repeats one row"
    made = layer(rng, 3, 7) | {"dy": rng.standard_normal(3)}
    return made | {
        "g": rng.standard_normal(6),
        "b": rng.standard_normal(3),
        "run_mean": np.zeros(3),
        "run_var": np.ones(3),
    }


@probe(task=3, points=2, kind="gradient")
class SeveralAtOnce:
    "three forward passes with one memory before the first backward pass, and one cache used twice"

    def make(rng):
        return {"one": layer(rng, 4, 3), "two": layer(rng, 4, 3), "again": rng.standard_normal((4, 3))}

    def ask(answer, inputs):
        one, two = inputs["one"], inputs["two"]
        mean, var = one["run_mean"].copy(), one["run_var"].copy()
        _, unseen = answer.bn_fwd(one["x"], one["g"], one["b"], mean, var, False)
        _, first = answer.bn_fwd(one["x"], one["g"], one["b"], mean, var, True)
        _, second = answer.bn_fwd(two["x"], two["g"], two["b"], mean, var, True)
        before = [mean.copy(), var.copy()]
        calls = ((two["dy"], second), (one["dy"], first), (one["dy"], unseen), (inputs["again"], first))
        results = [named(answer.bn_bwd(dy, cache)) for dy, cache in calls]
        return [results, mean - before[0], var - before[1]]

    def truth(inputs):
        one, two = inputs["one"], inputs["two"]
        again = one | {"dy": inputs["again"]}
        results = [by_jacobian(two), by_jacobian(one), by_complex_step_evaluated(one), by_jacobian(again)]
        return [results, np.zeros(3), np.zeros(3)]


@probe(task=3, seeds=2)
class GradientsAreNew:
    "gradients after somebody has written into those of the call before, and dy then"

    def make(rng):
        return {"many": layer(rng, 4, 3), "single": layer(rng, 1, 3)}

    def ask(answer, inputs):
        results = []
        for c, train in ((inputs["many"], True), (inputs["many"], False), (inputs["single"], False)):
            memory = c["run_mean"].copy(), c["run_var"].copy()
            _, cache = answer.bn_fwd(c["x"], c["g"], c["b"], *memory, train)
            dy = c["dy"].copy()
            for gradient in answer.bn_bwd(dy, cache):
                gradient[...] = 77.0
            results.append(named(answer.bn_bwd(c["dy"], cache)) | {"dy": dy})
        return results

    def truth(inputs):
        many, single = inputs["many"], inputs["single"]
        gradients = (by_jacobian(many), by_complex_step_evaluated(many), by_complex_step_evaluated(single))
        return [found | {"dy": c["dy"]} for c, found in zip((many, many, single), gradients)]
