"""The reach of a message: norms against Jacobians by complex steps; gains are run outside."""

import numpy as np

from grader.language import T64n, Tolerance, band, calls, probe, travels


def states(Wh, h0, u):
    h = h0
    hs = []
    for row in u:
        h = np.tanh(row + h @ Wh)
        hs.append(h)
    return np.array(hs)


def network(rng, t, hidden, gain):
    """Weights of the given gain, and the states that such a network runs through."""
    Wh = gain * rng.normal(size=(hidden, hidden)) / hidden**0.5
    u = 0.4 * rng.normal(size=(t, hidden))
    return {"Wh": Wh, "hs": states(Wh, 0.5 * rng.normal(size=hidden), u)}


def largest(table):
    return np.linalg.svd(table, compute_uv=False)[0]


def outside(Wh, hs):
    """What must have come from outside at each step after the first, for these states."""
    return np.arctanh(hs[1:]) - hs[:-1] @ Wh


def by_complex_step(Wh, hs):
    """Every state's every number is nudged sideways, and the network run to its end.

    The state before the first is not known: the first step's table is its slopes times Wh, column by column.
    """
    rows = outside(Wh, hs)
    norms = np.zeros(len(hs))
    for t in range(len(hs)):
        nudged = hs[t] + 1e-30j * np.eye(len(Wh))
        for row in rows[t:]:
            nudged = np.tanh(row + nudged @ Wh)
        table = nudged.imag / 1e-30
        if t + 1 < len(hs):
            norms[t + 1] = largest(table)
        if t == 0:
            first = np.array(
                [
                    [Wh[i, j] / np.cosh(np.arctanh(hs[0, j])) ** 2 for j in range(len(Wh))]
                    for i in range(len(Wh))
                ]
            )
            norms[0] = largest(first @ table)
    return norms


def by_differences(Wh, hs):
    """The same with small steps to both sides."""
    rows, h = outside(Wh, hs), 1e-5
    norms = by_complex_step(Wh, hs)
    for t in range(len(hs) - 1):
        up, down = hs[t] + h * np.eye(len(Wh)), hs[t] - h * np.eye(len(Wh))
        for row in rows[t:]:
            up, down = np.tanh(row + up @ Wh), np.tanh(row + down @ Wh)
        norms[t + 1] = largest((up - down) / (2 * h))
    return norms


def one_by_one(Wh, hs):
    return [float(norm) for norm in by_complex_step(Wh, hs)]


@travels
def listed(answer, c):
    """As a list, so that each norm is compared on its own scale; the form is asked elsewhere."""
    return [float(norm) for norm in np.asarray(answer.jac_norms(c["Wh"], c["hs"])).ravel()]


def listed_truth(c):
    return one_by_one(c["Wh"], c["hs"])


@travels
def with_gaps(Wh, hs):
    return Wh.T[::2, ::-2], hs.T[::2]


@calls({1: "jac_norms"}, truth=by_complex_step, tolerance=T64n, visible=True, seeds=2)
def SmallNetwork(rng):
    "The norms of three steps, with two units"
    return {name: value.round(2) for name, value in network(rng, 3, 2, 1.5).items()}


@calls({1: "jac_norms"}, truth=by_complex_step, tolerance=T64n, points=2)
def ManySizes(rng):
    "Many sizes: one step, one unit, as many steps as units"
    return [network(rng, t, hidden, 1.2) for t, hidden in ((5, 3), (1, 4), (6, 1), (4, 4), (3, 7), (1, 1))]


@calls({1: listed}, truth=listed_truth, tolerance=Tolerance(1e-7, 1e-200), points=2)
def FiftySteps(rng):
    "Fifty steps with gains from tiny to 1.5, each norm on its own scale"
    return [network(rng, 50, 8, gain) for gain in (0.0003, 0.5, 0.8, 1.0, 1.5)]


@calls({1: "jac_norms"}, truth=by_differences, tolerance=Tolerance(1e-5, 1e-7), seeds=2, kind="gradient")
def AgainstDifferences(rng):
    "The norms of eight steps, against finite differences"
    return {**network(rng, 8, 5, 1.1)}


@calls({1: listed}, tolerance=Tolerance(1e-7, 1e-200), kind="edge")
def AwkwardNetworks(rng):
    "States of zero and of exactly one, weights of zero, a chain that leads one way, a rotation"
    turn = np.linalg.qr(rng.normal(size=(4, 4)))[0]
    chain = np.diag(rng.uniform(1, 3, 3), 1)
    hs = rng.uniform(-0.9, 0.9, size=(5, 4))
    stuck = np.where(np.arange(4) == 2, 1.0, hs)
    made = [(turn, np.zeros((5, 4))), (turn, hs), (turn, stuck), (chain, hs), (np.zeros((4, 4)), hs)]
    made += [(turn * 1e-6, hs), (turn * 1e6, hs), (turn, np.sign(hs)), (turn, hs[[1, 1, 1, 1]])]
    return [{"Wh": Wh, "hs": h} for Wh, h in made]


@calls({1: "jac_norms"}, truth=by_complex_step, through=with_gaps, tolerance=T64n, seeds=2, kind="edge")
def Views(rng):
    "Transposed arrays and views with gaps"
    return {"Wh": rng.normal(size=(8, 8)), "hs": rng.uniform(-0.9, 0.9, size=(4, 10))}


@probe(task=1, tolerance=T64n, kind="edge")
class AskedAgain:
    "Two calls of one size, the second with new numbers in the same arrays"

    def make(rng):
        return {"first": network(rng, 4, 3, 1.2), "second": network(rng, 4, 3, 1.2)}

    def ask(answer, inputs):
        Wh, hs = inputs["first"]["Wh"].copy(), inputs["first"]["hs"].copy()
        first = answer.jac_norms(Wh, hs)
        Wh[...], hs[...] = inputs["second"]["Wh"], inputs["second"]["hs"]
        return [first, answer.jac_norms(Wh, hs)]

    def truth(inputs):
        return [by_complex_step(**inputs["first"]), by_complex_step(**inputs["second"])]


def reaches(Q, h0, u, gains):
    """The norm of dh_T / dh_0 for each gain."""
    W = np.asarray(gains)[:, None, None] * Q
    h = np.broadcast_to(h0, (len(W), len(h0)))
    product = np.broadcast_to(np.eye(len(h0)), W.shape)
    for row in u:
        h = np.tanh(row + (h[:, None, :] @ W)[:, 0])
        product = product @ (W * (1 - h * h)[:, None, :])
    return np.linalg.svd(product, compute_uv=False)[:, 0]


def arriving(rng, hidden, scale=1.0, quiet=False):
    """A network whose reach grows from 0.05 to 3 without a jump: neighbours of 81 gains never double it.

    In a quiet one hardly anything comes from outside, so that the first state decides: with zeros in its
    place a gain would be taken for good that lets next to nothing arrive.
    """
    while True:
        Q = rng.normal(size=(hidden, hidden)) / hidden**0.5
        h0, u = 0.5 * rng.normal(size=hidden), rng.uniform(0.2, 0.6) * rng.normal(size=(50, hidden))
        if quiet:
            h0, u = rng.uniform(-0.95, 0.95, hidden), 0.1 * u
        gains = np.geomspace(0.6, 3.0, 81)
        found = reaches(Q, h0, u, gains)
        if found[0] > 0.05 or found.max() < 3:
            continue
        rise = found[: np.argmax(found > 3) + 1]
        rise = rise[np.argmax(rise > 0.05) - 1 :]  # found[0] is below 0.05
        if (rise[1:] >= 2 * rise[:-1]).any():
            continue
        if not quiet or found[np.argmax(reaches(Q, 0 * h0, u, gains) > 1)] < 0.08:
            return {"Q": Q * scale, "h0": h0, "u": u}


def how_far_off(case, gain):
    """How many powers of ten lie between the reach and 1, or what is wrong with this gain."""
    if isinstance(gain, bool) or not isinstance(gain, (int, float, np.ndarray, np.number)):
        return "choose_gain must return one positive number."
    gain = np.asarray(gain)
    if gain.shape != () or gain.dtype.kind not in "iuf" or not 0 < gain < 1e6:
        return "choose_gain must return one positive number, and no larger one than a million."
    g, units = float(gain), len(case["h0"])
    norm = float(reaches(**case, gains=[g])[0])
    if not 0.1 <= norm <= 10:
        fate = "the message dies" if norm < 0.1 else "the message explodes"
        return (
            f"for a network of {units} units you chose g = {g:.4g}. The norm of the whole way is then "
            f"{norm:.3g}, so {fate}: it has to lie between 0.1 and 10."
        )
    return abs(float(np.log10(norm)))


@calls(
    {2: "choose_gain"},
    judged_by=how_far_off,
    judge=band(0.0, 1.0, says="the number of powers of ten between the norm and 1"),
    visible=True,
    seeds=2,
)
def OneNetwork(rng):
    "A network of six units: how many powers of ten lie between the norm and 1"
    return arriving(rng, 6)


def scaled(rng, hidden, quiet):
    return arriving(rng, hidden, np.exp(rng.uniform(np.log(0.3), np.log(3.0))), quiet)


@calls(
    {2: "choose_gain"},
    judged_by=how_far_off,
    judge=band(0.0, 1.0, says="the number of powers of ten between the norm and 1"),
    points=2,
    seeds=4,
)
def LargerNetwork(rng):
    "A network of eleven units: how many powers of ten lie between the norm and 1"
    return {**scaled(rng, 11, quiet=False)}


@calls(
    {2: "choose_gain"},
    judged_by=how_far_off,
    judge=band(0.0, 1.0, says="the number of powers of ten between the norm and 1"),
    seeds=5,
)
def QuietNetwork(rng):
    "A network into which little comes from outside: how many powers of ten lie between the norm and 1"
    return {**scaled(rng, 8, quiet=True)}
