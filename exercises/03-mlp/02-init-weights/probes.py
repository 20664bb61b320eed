"""First weights: the learner's draws come out; their spread, shape and independence are measured outside."""

from functools import partial

import numpy as np

from grader.language import EXACT, band, calls, probe, residual, travels

BOTH = {1: "kaiming", 2: "xavier"}


def instance(rng, shape, **mode):
    return {"seed": int(rng.integers(2**31)), "shape": shape, **mode}


def matrix(rng):
    return [int(rng.integers(90, 130)), int(rng.integers(190, 240))]


def kernel(rng):
    return [int(rng.integers(24, 34)), int(rng.integers(9, 13)), 3, 5]


@travels
def with_rng(seed, shape, *mode):
    return tuple(shape), np.random.default_rng(seed), *mode


@travels
def zeros(function, c):
    rng = np.random.default_rng(c["seed"])
    return [0 * function(tuple(shape), rng) for shape in c["shapes"]]


@travels
def two_layers(function, c):
    rng = np.random.default_rng(c["seed"])
    return [function(tuple(c["shape"]), rng) for _ in range(2)]


@travels
def moved_on(function, c):
    """Whether rng has moved by more than a few steps: two draws may share a step, eighty need forty."""
    rng, few = np.random.Generator(np.random.PCG64(c["seed"])), []
    step = np.random.PCG64(c["seed"])
    for _ in range(30):
        few.append(step.state["state"]["state"])
        step.random_raw()
    function(tuple(c["shape"]), rng)
    return rng.bit_generator.state["state"]["state"] not in few


def fans(shape):
    area = int(np.prod(shape[2:]))
    return shape[:2] if len(shape) == 2 else [shape[1] * area, shape[0] * area]


def of_kaiming(shape, mode="fan_in"):
    return 2 / fans(shape)[mode == "fan_out"]


def of_xavier(shape):
    return 2 / sum(fans(shape))


UNUSABLE = "the weights must be an array of the dtype float64 and of the shape that is asked for."


def usable(inputs, got):
    shape = tuple(inputs["shape"])
    return isinstance(got, np.ndarray) and got.shape == shape and got.dtype == np.float64


def spread(variance, inputs, got):
    """Root mean square of the draws over what it should be, or why there are no such draws."""
    if not usable(inputs, got):
        return UNUSABLE
    promised = {name: value for name, value in inputs.items() if name != "seed"}
    return float(np.sqrt(np.mean(got**2) / variance(**promised)))


SPREAD = {1: partial(spread, of_kaiming), 2: partial(spread, of_xavier)}


def normal_below(z):
    from scipy.special import ndtr

    return ndtr(z)


def uniform_below(z):
    return np.clip((z / 3**0.5 + 1) / 2, 0, 1)


def oddness(below, inputs, got):
    """How unlike independent draws of the distribution these are; 1 is what chance allows.

    The draws are scaled to spread 1 first, so this does not repeat the probe of the spread.
    """
    if not usable(inputs, got):
        return UNUSABLE
    if not got.std() > 0:
        return "all weights are one and the same number."
    z = got.ravel() / np.sqrt(np.mean(got**2))
    n = z.size
    ranks = np.arange(1, n + 1) / n
    distance = np.abs(below(np.sort(z)) - ranks).max() * np.sqrt(n) / 3
    centre = abs(z.mean()) * np.sqrt(n) / 6
    rows = got.reshape(got.shape[0], -1)
    beside = abs(np.mean(z[1:] * z[:-1])) * np.sqrt(n) / 6
    under = abs(np.mean(rows[1:] * rows[:-1])) / np.mean(got**2) * np.sqrt(n) / 6
    return float(max(distance, centre, beside, under))


ODDNESS = {1: partial(oddness, normal_below), 2: partial(oddness, uniform_below)}


def like_draws(variance, kurtosis, cases, got):
    """How far many small matrices are from draws; 1 is what chance allows.

    Together they have the spread that is asked for, and one by one they scatter around it: the mean square of
    n draws has the relative variance (kurtosis - 1) / n.
    """
    if len(got) != len(cases) or not all(usable(*pair) for pair in zip(cases, got)):
        return UNUSABLE
    squares = np.array([np.mean(one**2) for one in got]) / variance(cases[0]["shape"])
    together = abs(np.sqrt(squares.mean()) - 1) / 0.09
    scatter = squares.std() / np.sqrt((kurtosis - 1) / got[0].size)
    return float(max(together, abs(scatter - 1) / 0.3))


LIKE_DRAWS = {1: partial(like_draws, of_kaiming, 3.0), 2: partial(like_draws, of_xavier, 1.8)}


def from_rng_alone(cases, got):
    """0 if the same state gives the same weights and another state gives others; else what is wrong."""
    first, again, other = got
    if not all(usable(*pair) for pair in zip(cases, got)):
        return UNUSABLE
    if not np.array_equal(first, again):
        return "called twice with rng in the same state, it drew different weights. Draw from rng alone."
    if np.array_equal(first, other):
        return "it drew the same weights for two states of rng. Draw from rng, and from nothing else."
    return 0.0


@calls({1: (zeros, "kaiming"), 2: (zeros, "xavier")}, visible=True, seeds=1, tolerance=EXACT, veto=True)
def Shape(rng):
    "{}: shape and dtype of the weights, for a matrix and for a kernel"
    return {"seed": int(rng.integers(2**31)), "shapes": [matrix(rng), kernel(rng)]}


@calls(BOTH, through=with_rng, visible=True, judge=band(0.97, 1.03), judged_by=SPREAD)
def SpreadOfAMatrix(rng):
    "{}: the spread of a matrix's weights, over what it should be"
    return instance(rng, matrix(rng))


@calls({1: "kaiming"}, through=with_rng, judge=band(0.93, 1.07), judged_by=SPREAD)
def KaimingSpreadOfAKernel(rng):
    "{}: the spread of a convolution kernel's weights, over what it should be"
    return instance(rng, kernel(rng), mode="fan_in")


@calls({2: "xavier"}, through=with_rng, judge=band(0.93, 1.07), judged_by=SPREAD)
def XavierSpreadOfAKernel(rng):
    "{}: the spread of a convolution kernel's weights, over what it should be"
    return instance(rng, kernel(rng))


@calls({1: "kaiming"}, through=with_rng, judge=band(0.97, 1.03), judged_by=SPREAD)
def SpreadByFanOut(rng):
    "{}: the spread of a matrix's weights in the mode fan_out"
    return instance(rng, matrix(rng), mode="fan_out")


@calls({1: "kaiming"}, through=with_rng, judge=band(0.93, 1.07), judged_by=SPREAD)
def SpreadOfAKernelByFanOut(rng):
    "{}: the spread of a kernel's weights in the mode fan_out"
    return instance(rng, kernel(rng), mode="fan_out")


def of_two_layers(largest, kurtosis, variance, inputs, got):
    """How far two large layers, drawn from one rng, are from independent draws; 1 is what chance allows.

    Draws that are cut off or copied come up several times; numbers of a distribution that is cut short never
    come near `largest` times its spread; a sum of uniform draws has thin tails (the mean fourth power of
    100,000 normal draws scatters by 0.016); and from an rng that stands still both layers are one.
    """
    both = [{"shape": inputs["shape"]}] * 2
    if len(got) != 2 or not all(usable(*pair) for pair in zip(both, got)):
        return UNUSABLE
    first, second = (layer.ravel() / np.sqrt(variance(inputs["shape"])) for layer in got)
    sizes, counts = np.unique(np.abs(np.append(first, second)), return_counts=True)
    repeated = max(counts.max() / 3, 2 - 2 * len(sizes) / (2 * first.size))
    short = largest / sizes.max()
    alike = abs(np.mean(first * second)) * np.sqrt(first.size) / 6
    tails = abs(np.mean(sizes**4) / np.mean(sizes**2) ** 2 - kurtosis) / 0.075
    return float(max(repeated, short, alike, tails))


def of_two_boxes(inputs, got):
    """The same for uniform draws, which moreover stay in their box and reach its edges."""
    edge = 3**0.5
    odd = of_two_layers(edge * (1 - 3e-4), 1.8, of_xavier, inputs, got)
    if isinstance(odd, str):
        return odd
    outside = max(np.abs(layer).max() for layer in got) / np.sqrt(of_xavier(inputs["shape"])) / edge
    return float(max(odd, outside - 1e-9))


TWO_LAYERS = {1: partial(of_two_layers, 3.75, 3.0, of_kaiming), 2: of_two_boxes}


@calls(
    {1: (two_layers, "kaiming"), 2: (two_layers, "xavier")},
    seeds=2,
    judge=residual(
        below=1.0,
        says="the distance of the two layers from independent draws, as a multiple of what chance allows,",
    ),
    judged_by=TWO_LAYERS,
    veto=True,
)
def TwoLargeLayers(rng):
    "{}: two large layers from one rng have nothing in common, and none of their numbers is cut off or copied"
    return {**instance(rng, [250, 200])}


@calls(
    {1: "kaiming"},
    through=with_rng,
    judge=residual(
        below=1.0,
        says="the distance of the weights from independent draws, as a multiple of what chance allows,",
    ),
    judged_by=ODDNESS,
)
def KaimingDistribution(rng):
    "kaiming: independent normal draws, centred on zero"
    return instance(rng, matrix(rng))


@calls(
    {2: "xavier"},
    through=with_rng,
    judge=residual(
        below=1.0,
        says="the distance of the weights from independent draws, as a multiple of what chance allows,",
    ),
    judged_by=ODDNESS,
)
def XavierDistribution(rng):
    "xavier: independent uniform draws, centred on zero"
    return instance(rng, matrix(rng))


@calls(
    BOTH,
    through=with_rng,
    judge=residual(
        below=1.0,
        says="the distance of these matrices from independent draws, as a multiple of what chance allows,",
    ),
    judged_by=LIKE_DRAWS,
    veto=True,
)
def ManySmallMatrices(rng):
    "{}: three hundred small matrices of odd sizes, each a little narrower or wider than the next"
    return [instance(rng, [3, 2]) for _ in range(300)]


@calls(BOTH, through=with_rng, seeds=2, judge=residual(below=0.5), judged_by=from_rng_alone, veto=True)
def FromTheGenerator(rng):
    "{}: the same state of rng gives the same weights, another state gives others"
    made = instance(rng, [int(rng.integers(5, 9)), int(rng.integers(10, 15))])
    return [made, made, made | {"seed": made["seed"] + 1}]


@probe(task=1, seeds=1, judge=band(0.2, 5.0), veto=True)
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


def of_single_numbers(variance, cases, got):
    """The spread of many matrices of one number, over what it should be, or why there are none."""
    if len(got) != len(cases) or not all(usable(*pair) for pair in zip(cases, got)):
        return UNUSABLE
    return float(np.sqrt(np.mean(np.square(got)) / variance(cases[0]["shape"])))


SINGLE_NUMBERS = {1: partial(of_single_numbers, of_kaiming), 2: partial(of_single_numbers, of_xavier)}


@calls(BOTH, through=with_rng, judge=band(0.7, 1.3), judged_by=SINGLE_NUMBERS, veto=True)
def MatricesOfOneNumber(rng):
    "{}: the spread of three hundred matrices of a single number, over what it should be"
    return [instance(rng, [1, 1]) for _ in range(300)]


@calls({1: (moved_on, "kaiming"), 2: (moved_on, "xavier")}, seeds=2, tolerance=EXACT, veto=True)
def EveryNumberFromRng(rng):
    "{}: rng moves on with every number, so none comes from another generator"
    return {**instance(rng, [8, 10])}
