"""What the masked loss is asked: lengths of every kind, poisoned padding, awkward scores, two proofs."""

import numpy as np

from grader.language import T32, calls, probe, travels


def step_by_step(logits, y, lengths):
    """Loss and slope in extended precision, one real step at a time."""
    count = int(lengths.sum())
    loss, slopes = np.longdouble(0), np.zeros(logits.shape, dtype=np.longdouble)
    for n, length in enumerate(lengths):
        for t in range(int(length)):
            scores = logits[n, t].astype(np.longdouble)
            # Every share is one over a sum of ratios, so that a tiny share keeps its digits.
            apart = scores[None, :] - scores[:, None]
            top = apart.max(axis=1)
            log_share = -(top + np.log(np.exp(apart - top[:, None]).sum(axis=1)))
            loss -= log_share[y[n, t]] / count
            slopes[n, t] = np.exp(log_share) / count
            slopes[n, t, y[n, t]] -= np.longdouble(1) / count
    return [float(loss), slopes.astype(logits.dtype)]


def exact_loss(logits, y, lengths):
    return step_by_step(logits, y, lengths)[0]


def exact_slope(logits, y, lengths):
    return step_by_step(logits, y, lengths)[1]


def by_complex_step(c):
    """The slope of the mean over the real steps: each score is nudged sideways, nothing is subtracted."""
    slope = np.zeros(c["logits"].shape)
    for place in np.ndindex(*slope.shape):
        n, t, _ = place
        if t < c["lengths"][n]:
            nudged = c["logits"].astype(complex)
            nudged[place] += 1e-30j
            row = nudged[n, t]
            slope[place] = (np.log(np.exp(row).sum()) - row[c["y"][n, t]]).imag / 1e-30 / c["lengths"].sum()
    return slope


def batch(rng, lengths, t, v, scale=2.0):
    """Scores, labels and lengths; the padding holds ordinary numbers."""
    n = len(lengths)
    return {
        "logits": rng.normal(size=(n, t, v)) * scale,
        "y": rng.integers(0, v, (n, t)),
        "lengths": np.array(lengths),
    }


def poisoned(rng, c, score, label):
    """The same batch with other padding."""
    padding = np.arange(c["y"].shape[1]) >= c["lengths"][:, None]
    logits = np.where(padding[:, :, None], score, c["logits"])
    return {"logits": logits, "y": np.where(padding, label, c["y"]), "lengths": c["lengths"]}


def batches(rng):
    """Full and empty sequences, single ones, single steps, equal sizes, one class, unsorted, many steps."""
    sizes = [([3, 5, 1, 4], 5, 3), ([5, 5], 5, 4), ([0, 2, 3], 3, 5), ([4], 6, 3), ([1, 0, 1], 1, 4)]
    sizes += [([1, 3, 2], 3, 3), ([2, 1], 4, 1), ([1], 1, 2), ([0, 6], 6, 2), ([2, 7, 0, 0, 3], 7, 5)]
    made = [batch(rng, *size) for size in sizes]
    # more steps than a byte can count, their lengths in bytes
    many = batch(rng, rng.integers(5, 8, 50), 7, 2)
    return [*made, many | {"lengths": many["lengths"].astype(np.uint8)}]


def poison(rng):
    """Padding of every kind, also mixed, and the same batch in another order of its sequences."""
    c = batch(rng, [2, 5, 0, 3], 5, 4)
    kinds = [(np.nan, -1), (np.inf, -100), (-np.inf, 4), (1e4, 0), (0.0, 3), (1e300, 10**6)]
    made = [poisoned(rng, c, score, label) for score, label in kinds]
    made.append(poisoned(rng, c, rng.choice([np.nan, np.inf, 0.5, -2.0], c["logits"].shape), -1))
    # both infinities in one row
    made.append(poisoned(rng, c, np.where(np.arange(4) == 0, -np.inf, np.inf), 0))
    # labels that exist and others that do not, in one padding
    made.append(poisoned(rng, c, 0.5, np.where(np.arange(5) == 4, -1, 0)))
    order = [3, 0, 2, 1]
    return [c, *made, {name: value[order] for name, value in made[0].items()}]


def awkward(rng):
    """Sure and right, sure and wrong, steps far apart, ties, offsets, tiny scores; one kind per batch."""
    c = batch(rng, [3, 4, 1], 4, 5)
    logits, hit = c["logits"], np.arange(5) == c["y"][:, :, None]
    apart = logits - 900.0 * (np.arange(4)[:, None] % 2)
    tables = [logits - 1000.0 * hit, logits + 1000.0 * hit, apart, np.repeat(logits[:, :, :1], 5, axis=2)]
    tables += [logits + 5000.0, logits - 5000.0, logits * 1e-4, logits * 50.0]
    return [c | {"logits": table} for table in tables]


def nothing_real(rng):
    return [batch(rng, [0, 0], 3, 4), poisoned(rng, batch(rng, [0], 2, 3), np.nan, -100)]


@travels
def with_gaps(logits, y, lengths):
    return logits.transpose(2, 0, 1)[::2], y.T[:, ::-1], lengths[::2]


def gappy(rng):
    """Views of (3, 5, 4), (3, 5) and (3,) are cut out of these."""
    lengths = np.array([2, 9, 5, 9, 3])
    return {"logits": rng.normal(size=(5, 4, 6)), "y": rng.integers(0, 4, (5, 3)), "lengths": lengths}


BOTH = {1: "masked_loss", 2: "masked_loss"}
TRUTHS = {1: exact_loss, 2: exact_slope}
PLACE = {1: 0, 2: 1}


@calls({1: "masked_loss"}, truth=exact_loss, pick=0, visible=True, seeds=2)
def SmallLoss(rng):
    "The loss of three sequences of lengths 2, 3 and 1"
    c = batch(rng, [2, 3, 1], 3, 2)
    return {"logits": c["logits"].round(1), "y": c["y"], "lengths": c["lengths"]}


@calls(BOTH, truth=TRUTHS, pick=PLACE, visible=True, seeds=2, kind="edge")
def PoisonedPadding(rng):
    "Padding of nan, with labels that do not exist"
    return {**poisoned(rng, batch(rng, [1, 3], 3, 2), np.nan, -100)}


@calls(BOTH, truth=TRUTHS, pick=PLACE)
def AwkwardScores(rng):
    "Scores that are sure, wrong, far apart, tied, shifted, tiny"
    return [*awkward(rng)]


@calls(BOTH, truth=TRUTHS, pick=PLACE, points=2)
def ManyBatches(rng):
    "Full and empty sequences, single steps, equal sizes, lengths in any order"
    return [*batches(rng)]


@calls(BOTH, truth=TRUTHS, pick=PLACE, kind="edge")
def PaddingOfEveryKind(rng):
    "One batch with ten kinds of padding, and in another order"
    return [*poison(rng)]


@calls(BOTH, truth=TRUTHS, pick=PLACE, seeds=2, kind="edge")
def NothingReal(rng):
    "Nothing but padding"
    return [*nothing_real(rng), batch(rng, [0, 1], 2, 3)]


@calls(BOTH, truth=TRUTHS, through=with_gaps, pick=PLACE, seeds=2, kind="edge")
def Views(rng):
    "Transposed arrays and views with gaps"
    return {**gappy(rng)}


@calls(BOTH, truth=TRUTHS, pick=PLACE, seeds=2, tolerance=T32)
def SinglePrecision(rng):
    "float32 scores"
    return [c | {"logits": c["logits"].astype(np.float32)} for c in batches(rng)]


@probe(task=2, visible=True, seeds=2, kind="gradient", wrt=("logits",))
class SmallSlope:
    "The slope for three sequences of lengths 2, 3 and 1"

    def make(rng):
        return batch(rng, [2, 3, 1], 3, 2)

    def ask(answer, inputs):
        return answer.masked_loss(inputs["logits"], inputs["y"], inputs["lengths"])[1]

    def value(answer, inputs):
        return answer.masked_loss(inputs["logits"], inputs["y"], inputs["lengths"])[0]

    def truth(inputs):
        return by_complex_step(inputs)


@probe(points=2, visible=False, seeds=3)
class Slope(SmallSlope):
    "The slope for four sequences, one of them empty"

    def make(rng):
        return batch(rng, [3, 0, 5, 1], 5, 4)


@travels
def again(answer, c):
    """Two calls with the same arrays, filled anew between them; both answers are looked at afterwards."""
    arrays = {name: value.copy() for name, value in c["first"].items()}
    first = answer.masked_loss(**arrays)
    for name, value in c["second"].items():
        arrays[name][...] = value
    return [first, answer.masked_loss(**arrays)]


def again_truth(c):
    return [step_by_step(**c["first"]), step_by_step(**c["second"])]


@calls({2: again}, truth=again_truth, seeds=2, kind="edge")
def AskedAgain(rng):
    "Two calls of one size, the second with new numbers in the same arrays"
    return {"first": batch(rng, [2, 3, 1], 3, 4), "second": batch(rng, [1, 2, 3], 3, 4)}
