"""Hand-made weights: the learner's numbers are run through the truth table outside."""

import itertools

import numpy as np

from grader.language import band, probe, residual


MOST_NUMBERS = {2: 9, 3: 16}
UNFITTING = (
    "the shapes do not fit together. With H hidden units `W1` has one row for each input and H columns, "
    "`b1` and `w2` are H numbers each, and `b2` is one number."
)


def levels(rng):
    low = float(rng.uniform(-3, 3))
    gap = float(rng.uniform(0.5, 4) * rng.choice([-1, 1]))
    return {"low": low, "high": low + gap}


def any_levels(rng):
    """Ordinary voltages, a millionth of a volt apart, a million volts apart, and whole ones beside 0."""
    low, sign = float(rng.uniform(3, 9) * rng.choice([-1, 1])), rng.choice([-1, 1], 2)
    near = {"low": low, "high": low + float(sign[0] * rng.uniform(0.3, 3) * 1e-6)}
    far = {"low": low, "high": low + float(sign[1] * rng.uniform(0.3, 3) * 1e6)}
    whole = [int(number) for number in rng.permutation([-5, 3, 7])[:2]]
    zeros = [{"low": whole[0], "high": 0}, {"low": 0, "high": whole[1]}]
    return {"levels": [levels(rng), near, far, *zeros]}


def parts(got, inputs):
    """W1, b1, w2, b2 as arrays, or None if they do not fit together."""
    if not isinstance(got, dict) or set(got) != {"W1", "b1", "w2", "b2"}:
        return None
    W1, b1, w2, b2 = (np.asarray(got[name], dtype=float) for name in ("W1", "b1", "w2", "b2"))
    if W1.ndim != 2 or b1.shape != W1.shape[1:] or w2.shape != b1.shape or b2.size != 1 or len(W1) != inputs:
        return None
    return W1, b1, w2, b2


def count(got, inputs):
    found = parts(got, inputs)
    return UNFITTING if found is None else float(sum(array.size for array in found))


def worst_error(inputs, got, many):
    """How far the worst output lies from 0 or 1, over all rows and all corners of the noise."""
    found = parts(got, many)
    if found is None:
        return UNFITTING
    W1, b1, w2, b2 = found
    low, high = inputs["low"], inputs["high"]
    errors = []
    for bits in itertools.product([0, 1], repeat=many):
        for noise in itertools.product([-0.01, 0, 0.01], repeat=many):
            x = low + (np.array(bits) + np.array(noise)) * (high - low)
            output = np.maximum(x @ W1 + b1, 0) @ w2 + b2
            errors.append(abs(float(output.ravel()[0]) - sum(bits) % 2))
    return float(np.max(errors))  # nan if any is: Python's own max passes over it


def worst_error_and_surplus(inputs, got, many):
    """The same, and 1 more for every number beyond the allowed ones: what pays is small and right at once."""
    if not isinstance(got, list) or len(got) != len(inputs["levels"]):
        return "weights for each pair of voltages are asked for."
    if any(parts(w, many) is None for w in got):
        return UNFITTING
    pairs = list(zip(inputs["levels"], got))
    errors = [worst_error(one, w, many) + max(0.0, count(w, many) - MOST_NUMBERS[many]) for one, w in pairs]
    return float(np.max(errors))


@probe(
    task=1,
    points=1,
    visible=True,
    seeds=1,
    judge=residual(below=0.25, says="the distance of the worst output from 0 or 1"),
    veto=True,
)
class XorOfZeroAndOne:
    "exclusive-or with low = 0 and high = 1: how far the worst output lies from 0 or 1"

    def make(rng):
        return {"low": 0.0, "high": 1.0}

    def ask(answer, inputs):
        return answer.xor_weights(inputs["low"], inputs["high"])

    def judge(inputs, got):
        return worst_error(inputs, got, 2)


@probe(
    task=1,
    points=1,
    visible=True,
    seeds=2,
    judge=band(4.0, 9.0, says="the count of all numbers in your network"),
    veto=True,
)
class XorSize:
    "exclusive-or: how many numbers the network has"

    def make(rng):
        return levels(rng)

    def ask(answer, inputs):
        return answer.xor_weights(inputs["low"], inputs["high"])

    def judge(inputs, got):
        return count(got, 2)


@probe(
    task=1,
    points=3,
    seeds=6,
    judge=residual(
        below=0.25, says="the distance of the worst output from 0 or 1, and 1 per number too many,"
    ),
)
class XorOfOtherLevels:
    "exclusive-or of near, far and whole voltages: how far the worst output is off, 1 per number too many"

    def make(rng):
        return any_levels(rng)

    def ask(answer, inputs):
        return [answer.xor_weights(one["low"], one["high"]) for one in inputs["levels"]]

    def judge(inputs, got):
        return worst_error_and_surplus(inputs, got, 2)


@probe(
    task=2,
    points=1,
    visible=True,
    seeds=1,
    judge=residual(below=0.25, says="the distance of the worst output from 0 or 1"),
    veto=True,
)
class ParityOfZeroAndOne:
    "parity with low = 0 and high = 1: how far the worst output lies from 0 or 1"

    def make(rng):
        return {"low": 0.0, "high": 1.0}

    def ask(answer, inputs):
        return answer.parity3_weights(inputs["low"], inputs["high"])

    def judge(inputs, got):
        return worst_error(inputs, got, 3)


@probe(
    task=2,
    points=1,
    visible=True,
    seeds=2,
    judge=band(4.0, 16.0, says="the count of all numbers in your network"),
    veto=True,
)
class ParitySize:
    "parity: how many numbers the network has"

    def make(rng):
        return levels(rng)

    def ask(answer, inputs):
        return answer.parity3_weights(inputs["low"], inputs["high"])

    def judge(inputs, got):
        return count(got, 3)


@probe(
    task=2,
    points=3,
    seeds=6,
    judge=residual(
        below=0.25, says="the distance of the worst output from 0 or 1, and 1 per number too many,"
    ),
)
class ParityOfOtherLevels:
    "parity of near, far and whole voltages: how far the worst output is off, 1 per number too many"

    def make(rng):
        return any_levels(rng)

    def ask(answer, inputs):
        return [answer.parity3_weights(one["low"], one["high"]) for one in inputs["levels"]]

    def judge(inputs, got):
        return worst_error_and_surplus(inputs, got, 3)
