"""First weights: the learner's draws come out; their spread, shape and independence are measured outside."""

import numpy as np

from grader.language import EXACT, band, probe, residual


def flat(rng):
    return [int(rng.integers(90, 130)), int(rng.integers(190, 240))]


def kernel(rng):
    return [int(rng.integers(24, 34)), int(rng.integers(9, 13)), 3, 5]


def instance(rng, shape, mode="fan_in"):
    return {"seed": int(rng.integers(2**31)), "shape": shape, "mode": mode}


def fans(shape):
    area = 1
    for side in shape[2:]:
        area *= side
    if len(shape) == 2:
        return shape[0], shape[1]
    return shape[1] * area, shape[0] * area


def usable(got, shape):
    return isinstance(got, np.ndarray) and got.shape == tuple(shape) and got.dtype == np.float64


def spread(inputs, got, variance):
    """Root mean square of the draws over what it should be; 0 for anything that is not such an array."""
    if not usable(got, inputs["shape"]):
        return 0.0
    return float(np.sqrt(np.mean(got**2) / variance))


def normal_below(z):
    from scipy.special import ndtr

    return ndtr(z)


def uniform_below(z):
    return np.clip((z / 3**0.5 + 1) / 2, 0, 1)


def oddness(inputs, got, below):
    """How unlike independent draws of the distribution these are; 1 is what chance allows.

    The draws are scaled to spread 1 first, so this does not repeat the probe of the spread.
    """
    if not usable(got, inputs["shape"]) or not got.std() > 0:
        return 1e9
    z = got.ravel() / np.sqrt(np.mean(got**2))
    n = z.size
    ranks = np.arange(1, n + 1) / n
    distance = np.abs(below(np.sort(z)) - ranks).max() * np.sqrt(n) / 3
    centre = abs(z.mean()) * np.sqrt(n) / 6
    rows = got.reshape(got.shape[0], -1)
    beside = abs(np.mean(z[1:] * z[:-1])) * np.sqrt(n) / 6
    under = abs(np.mean(rows[1:] * rows[:-1])) / np.mean(got**2) * np.sqrt(n) / 6
    return float(max(distance, centre, beside, under))


def from_rng_alone(inputs, got):
    """0 if the same state gives the same weights and another state gives others."""
    first, again, other = got
    if not all(usable(w, inputs["shape"]) for w in got):
        return 1.0
    return float(not np.array_equal(first, again) or np.array_equal(first, other))


@probe(task=1, points=1, visible=True, seeds=1, tolerance=EXACT, veto=True)
class KaimingShape:
    "kaiming: shape and dtype of the weights, for a matrix and for a kernel"

    def make(rng):
        return {"seed": int(rng.integers(2**31)), "shapes": [flat(rng), kernel(rng)]}

    def ask(answer, inputs):
        rng = np.random.default_rng(inputs["seed"])
        return [0 * answer.kaiming(tuple(shape), rng) for shape in inputs["shapes"]]


@probe(task=1, points=1, visible=True, seeds=3, judge=band(0.97, 1.03))
class KaimingSpreadOfAMatrix:
    "kaiming: the spread of a matrix's weights, over what it should be"

    def make(rng):
        return instance(rng, flat(rng))

    def ask(answer, inputs):
        rng = np.random.default_rng(inputs["seed"])
        return answer.kaiming(tuple(inputs["shape"]), rng)

    def judge(inputs, got):
        return spread(inputs, got, 2 / fans(inputs["shape"])[inputs["mode"] == "fan_out"])


@probe(task=1, points=1, seeds=3, judge=band(0.93, 1.07))
class KaimingSpreadOfAKernel:
    "kaiming: the spread of a convolution kernel's weights, over what it should be"

    def make(rng):
        return instance(rng, kernel(rng))

    def ask(answer, inputs):
        rng = np.random.default_rng(inputs["seed"])
        return answer.kaiming(tuple(inputs["shape"]), rng, inputs["mode"])

    def judge(inputs, got):
        return spread(inputs, got, 2 / fans(inputs["shape"])[inputs["mode"] == "fan_out"])


@probe(task=1, points=1, seeds=3, judge=band(0.97, 1.03))
class KaimingSpreadByFanOut:
    "kaiming: the spread of a matrix's weights in the mode fan_out"

    def make(rng):
        return instance(rng, flat(rng), "fan_out")

    def ask(answer, inputs):
        rng = np.random.default_rng(inputs["seed"])
        return answer.kaiming(tuple(inputs["shape"]), rng, inputs["mode"])

    def judge(inputs, got):
        return spread(inputs, got, 2 / fans(inputs["shape"])[inputs["mode"] == "fan_out"])


@probe(task=1, points=1, seeds=3, judge=band(0.93, 1.07))
class KaimingSpreadOfAKernelByFanOut:
    "kaiming: the spread of a kernel's weights in the mode fan_out"

    def make(rng):
        return instance(rng, kernel(rng), "fan_out")

    def ask(answer, inputs):
        rng = np.random.default_rng(inputs["seed"])
        return answer.kaiming(tuple(inputs["shape"]), rng, inputs["mode"])

    def judge(inputs, got):
        return spread(inputs, got, 2 / fans(inputs["shape"])[inputs["mode"] == "fan_out"])


@probe(task=1, points=1, seeds=3, judge=residual(below=1.0))
class KaimingDistribution:
    "kaiming: independent normal draws, centred on zero"

    def make(rng):
        return instance(rng, flat(rng))

    def ask(answer, inputs):
        return answer.kaiming(tuple(inputs["shape"]), np.random.default_rng(inputs["seed"]))

    def judge(inputs, got):
        return oddness(inputs, got, normal_below)


@probe(task=1, points=1, seeds=2, judge=residual(below=0.5), veto=True)
class KaimingFromTheGenerator:
    "kaiming: the same state of rng gives the same weights, another state gives others"

    def make(rng):
        return instance(rng, [int(rng.integers(5, 9)), int(rng.integers(10, 15))])

    def ask(answer, inputs):
        seeds = [inputs["seed"], inputs["seed"], inputs["seed"] + 1]
        return [answer.kaiming(tuple(inputs["shape"]), np.random.default_rng(seed)) for seed in seeds]

    def judge(inputs, got):
        return from_rng_alone(inputs, got)


@probe(task=2, points=1, visible=True, seeds=1, tolerance=EXACT, veto=True)
class XavierShape:
    "xavier: shape and dtype of the weights, for a matrix and for a kernel"

    def make(rng):
        return {"seed": int(rng.integers(2**31)), "shapes": [flat(rng), kernel(rng)]}

    def ask(answer, inputs):
        rng = np.random.default_rng(inputs["seed"])
        return [0 * answer.xavier(tuple(shape), rng) for shape in inputs["shapes"]]


@probe(task=2, points=1, visible=True, seeds=3, judge=band(0.97, 1.03))
class XavierSpreadOfAMatrix:
    "xavier: the spread of a matrix's weights, over what it should be"

    def make(rng):
        return instance(rng, flat(rng))

    def ask(answer, inputs):
        rng = np.random.default_rng(inputs["seed"])
        return answer.xavier(tuple(inputs["shape"]), rng)

    def judge(inputs, got):
        return spread(inputs, got, 2 / sum(fans(inputs["shape"])))


@probe(task=2, points=1, seeds=3, judge=band(0.93, 1.07))
class XavierSpreadOfAKernel:
    "xavier: the spread of a convolution kernel's weights, over what it should be"

    def make(rng):
        return instance(rng, kernel(rng))

    def ask(answer, inputs):
        rng = np.random.default_rng(inputs["seed"])
        return answer.xavier(tuple(inputs["shape"]), rng)

    def judge(inputs, got):
        return spread(inputs, got, 2 / sum(fans(inputs["shape"])))


@probe(task=2, points=1, seeds=3, judge=residual(below=1.0))
class XavierDistribution:
    "xavier: independent uniform draws, centred on zero"

    def make(rng):
        return instance(rng, flat(rng))

    def ask(answer, inputs):
        return answer.xavier(tuple(inputs["shape"]), np.random.default_rng(inputs["seed"]))

    def judge(inputs, got):
        return oddness(inputs, got, uniform_below)


@probe(task=2, points=1, seeds=2, judge=residual(below=0.5), veto=True)
class XavierFromTheGenerator:
    "xavier: the same state of rng gives the same weights, another state gives others"

    def make(rng):
        return instance(rng, [int(rng.integers(5, 9)), int(rng.integers(10, 15))])

    def ask(answer, inputs):
        seeds = [inputs["seed"], inputs["seed"], inputs["seed"] + 1]
        return [answer.xavier(tuple(inputs["shape"]), np.random.default_rng(seed)) for seed in seeds]

    def judge(inputs, got):
        return from_rng_alone(inputs, got)


@probe(task=1, points=1, seeds=1, judge=band(0.2, 5.0), veto=True)
class KaimingThroughTenLayers:
    "the strength of a signal after ten wide relu layers, over what went in"

    def make(rng):
        return {"x": rng.standard_normal((4, 400)), "seed": int(rng.integers(2**31))}

    def ask(answer, inputs):
        rng, x = np.random.default_rng(inputs["seed"]), inputs["x"]
        for _ in range(10):
            x = np.maximum(x @ answer.kaiming((400, 400), rng), 0)
        return x

    def judge(inputs, got):
        return float(np.mean(np.asarray(got) ** 2) / np.mean(inputs["x"] ** 2))
