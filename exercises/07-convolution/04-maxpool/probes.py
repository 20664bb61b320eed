"""What max pooling is asked: windows of all kinds, frames, ties, and where the messages go."""

import numpy as np

from grader.language import EXACT, T32, calls, probe, travels

# examples, channels, height, width, window, stride, padding
POOLS = (
    (2, 3, 4, 6, (2, 2), (2, 2), (0, 0)),
    (1, 2, 5, 7, (2, 3), (1, 2), (0, 0)),
    (2, 1, 7, 5, (3, 2), (2, 1), (1, 1)),
    (3, 2, 6, 4, (1, 3), (2, 3), (0, 1)),
    (1, 3, 3, 5, (3, 5), (1, 1), (0, 0)),
    (2, 2, 8, 9, (2, 2), (3, 4), (0, 0)),
    (1, 1, 2, 3, (4, 5), (1, 1), (2, 2)),
    (2, 2, 3, 4, (1, 1), (1, 1), (0, 0)),
    (1, 2, 1, 1, (3, 3), (2, 1), (1, 1)),
    (2, 2, 5, 5, (3, 3), (2, 2), (1, 1)),
    (1, 2, 3, 4, (4, 5), (1, 2), (3, 3)),
    # frames of one total size around pictures of different sizes
    (1, 2, 3, 4, (3, 4), (1, 1), (1, 2)),
    (1, 2, 1, 2, (3, 4), (1, 1), (2, 3)),
)


def places(size, window, stride, pad):
    return len(range(-pad, size + pad - window + 1, stride))


def out_shape(n, c, h, w, k, stride, pad):
    return (n, c, places(h, k[0], stride[0], pad[0]), places(w, k[1], stride[1], pad[1]))


def part(c, i, j):
    """The rows and columns of the picture that window (i, j) covers, without the frame."""
    top, left = i * c["stride"][0] - c["pad"][0], j * c["stride"][1] - c["pad"][1]
    return slice(max(top, 0), top + c["k"][0]), slice(max(left, 0), left + c["k"][1])


def largest(c):
    """The maximum of each window, cut off at the border."""
    x = c["x"]
    out = np.empty(out_shape(*x.shape, c["k"], c["stride"], c["pad"]), x.dtype)
    for i, j in np.ndindex(out.shape[2:]):
        out[:, :, i, j] = x[(slice(None), slice(None), *part(c, i, j))].max(axis=(2, 3))
    return out


def sent_back(c):
    """The winner of each window as one reads, found pixel by pixel; its messages in extended precision."""
    dx = np.zeros(c["x"].shape, np.longdouble)
    for n, ch, i, j in np.ndindex(c["dout"].shape):
        rows, columns = part(c, i, j)
        seen = c["x"][n, ch, rows, columns]
        best = (0, 0)
        for place in np.ndindex(seen.shape):
            if seen[place] > seen[best]:
                best = place
        dx[n, ch, rows.start + best[0], columns.start + best[1]] += c["dout"][n, ch, i, j]
    return dx.astype(c["dout"].dtype)


def apart(rng, shape):
    """Numbers of both signs, no two of them closer than 0.1."""
    size = int(np.prod(shape))
    return (rng.permutation(size) - size // 2).reshape(shape) * 0.1 + 0.05


def case(rng, n, c, h, w, k, stride, pad):
    return {
        "x": apart(rng, (n, c, h, w)),
        "dout": rng.standard_normal(out_shape(n, c, h, w, k, stride, pad)),
        "k": k,
        "stride": stride,
        "pad": pad,
    }


def in_float32(made):
    return made | {name: made[name].astype("float32") for name in ("x", "dout")}


def tied(rng, *pool):
    """Pixels of three different values only, so that nearly every window has ties."""
    made = case(rng, *pool)
    return made | {"x": rng.integers(-3, 0, made["x"].shape).astype(float)}


def rising(rng, *pool):
    """Pixels that grow as one reads: the last one of each window is the largest."""
    made = case(rng, *pool)
    return made | {"x": np.sort(made["x"], axis=None).reshape(made["x"].shape)}


def all_largest(c):
    return [largest(one) for one in c["cases"]]


def all_sent_back(c):
    return [sent_back(one) for one in c["cases"]]


@travels
def forward(pool_fwd, c):
    moves = (c["k"], c["stride"], c["pad"]) if any(c["pad"]) else (c["k"], c["stride"])
    out, cache = pool_fwd(c["x"], *moves)
    return out


@travels
def all_forward(pool_fwd, c):
    return [forward(pool_fwd, one) for one in c["cases"]]


@travels
def there_and_back(answer, c):
    out, cache = answer.pool_fwd(c["x"], c["k"], c["stride"], c["pad"])
    return answer.pool_bwd(c["dout"], cache)


@travels
def all_there_and_back(answer, c):
    return [there_and_back(answer, one) for one in c["cases"]]


@travels
def viewed(c):
    """With gaps and a frame; and without one: with gaps, and laid out column by column in memory."""
    dout = np.broadcast_to(c["message"][:, None, None], (2, 2, 3, 4))
    x = c["x"].transpose(0, 3, 2, 1)[:, :, ::-1, ::2]
    framed = {"x": x, "dout": dout, "k": (2, 3), "stride": (2, 1), "pad": (1, 1)}
    gaps = {"x": x, "dout": c["wide"][..., ::-2], "k": (2, 3), "stride": (1, 1), "pad": (0, 0)}
    down = gaps | {"x": np.asfortranarray(x), "dout": np.asfortranarray(gaps["dout"])}
    return [framed, gaps, down]


@travels
def forward_viewed(pool_fwd, c):
    return [forward(pool_fwd, one) for one in viewed(c)]


@travels
def back_viewed(answer, c):
    return [there_and_back(answer, one) for one in viewed(c)]


def largest_viewed(c):
    return [largest(one) for one in viewed(c)]


def sent_back_viewed(c):
    return [sent_back(one) for one in viewed(c)]


@travels
def kept(pool_fwd, c):
    """Three calls of one shape; results are looked at after the last one, and one is written into."""
    x = c["x"].copy()
    moves = (c["k"], c["stride"], c["pad"])
    first, cache = pool_fwd(x, *moves)
    saved = first.copy()
    first[...] = 7.0
    second, cache = pool_fwd(x, *moves)
    x[...] = c["other"]
    third, cache = pool_fwd(x, *moves)
    return [saved, second, third, x]


@travels
def all_kept(pool_fwd, c):
    return [kept(pool_fwd, one) for one in c["cases"]]


def exactly_kept(c):
    return [
        [largest(one), largest(one), largest(one | {"x": one["other"]}), one["other"]] for one in c["cases"]
    ]


@travels
def back_kept(answer, c):
    """Three forwards before the first backward; a gradient is written into, and others asked for after it."""
    moves = (c["k"], c["stride"], c["pad"])
    one, first = answer.pool_fwd(c["x"], *moves)
    two, second = answer.pool_fwd(c["other"], *moves)
    answer.pool_fwd(c["other"], (1, 1), (1, 1), (0, 0))
    dout = c["dout"].copy()
    there = answer.pool_bwd(dout, first)
    saved = there.copy()
    there[...] = 5.0
    other = answer.pool_bwd(dout, second)
    again = answer.pool_bwd(2.0 * dout, first)
    last = answer.pool_bwd(-dout, first)
    return [saved, other, again, last, dout]


@travels
def all_back_kept(answer, c):
    return [back_kept(answer, one) for one in c["cases"]]


def back_exactly_kept(c):
    made = []
    for one in c["cases"]:
        once, other = sent_back(one), sent_back(one | {"x": one["other"]})
        made.append([once, other, 2.0 * once, -once, one["dout"]])
    return made


def cases_to_keep(rng):
    pools = [POOLS[2], POOLS[7], POOLS[1]]
    made = [case(rng, *pool) for pool in pools]
    return {"cases": [one | {"other": apart(rng, one["x"].shape)} for one in made]}


def view_parts(rng):
    wide = rng.standard_normal((2, 2, 4, 4))
    return {"x": apart(rng, (2, 8, 5, 2)), "message": rng.standard_normal(2), "wide": wide}


# Task 1


@calls({1: (forward, "pool_fwd")}, truth=largest, visible=True, seeds=2, tolerance=EXACT)
def SmallForward(rng):
    "one channel, 4 by 4 whole numbers, windows of 2 by 2 side by side"
    x = rng.integers(-9, 10, (1, 1, 4, 4)).astype(float)
    return {"x": x, "k": (2, 2), "stride": (2, 2), "pad": (0, 0)}


@calls({1: (forward, "pool_fwd")}, truth=largest, visible=True, seeds=2, tolerance=EXACT)
def NegativeWithAFrame(rng):
    "negative numbers only, and a frame of 1 around them"
    x = -rng.integers(1, 10, (1, 1, 3, 4)).astype(float)
    return {"x": x, "k": (2, 3), "stride": (2, 2), "pad": (1, 1)}


@calls({1: (all_forward, "pool_fwd")}, truth=all_largest, points=3)
def WindowsOfAllForms(rng):
    "windows, strides and frames of all kinds, several channels and examples"
    return {"cases": [case(rng, *pool) for pool in POOLS]}


@calls({1: (all_forward, "pool_fwd")}, truth=all_largest, kind="edge")
def NegativeAndHuge(rng):
    "negative pixels only, tiny ones, huge ones, and frames around them"
    made = [case(rng, *pool) for pool in POOLS[2:4] + POOLS[8:]]
    shifted = [one | {"x": one["x"] - 1e3} for one in made]
    return {
        "cases": shifted + [one | {"x": (one["x"] - 50.0) * scale} for one in made for scale in (1e-6, 1e12)]
    }


@calls({1: (forward_viewed, "pool_fwd")}, truth=largest_viewed, seeds=2, kind="edge")
def ForwardViews(rng):
    "transposed pictures, views with gaps, pictures laid out by columns in memory"
    return {**view_parts(rng)}


@calls({1: (all_kept, "pool_fwd")}, truth=exactly_kept, seeds=2, kind="edge")
def Kept(rng):
    "three results of one size, one of them written into, looked at after the last call"
    return {**cases_to_keep(rng)}


@calls({1: (forward, "pool_fwd")}, truth=largest, seeds=2, tolerance=T32)
def ForwardInSinglePrecision(rng):
    "float32 in, float32 out"
    return {**in_float32(case(rng, *POOLS[2]))}


@calls(
    {1: (forward, "pool_fwd"), 2: there_and_back},
    truth={1: largest, 2: sent_back},
    tolerance=EXACT,
    kind="edge",
)
def FarBelowZero(rng):
    "pictures of one number, near -1e12 and -1e29, with a frame"
    made = case(rng, 1, 2, 2, 2, (2, 2), (2, 2), (1, 1))
    levels = [np.full(made["x"].shape, level) for level in (-1e12, -9e29 * float(rng.uniform(0.1, 1.0)))]
    return [one for x in levels for one in (made | {"x": x}, in_float32(made | {"x": x}))]


# Task 2


@probe(task=2, visible=True, seeds=2, kind="gradient", wrt=("x",))
class SmallBackward:
    "one channel, 3 by 4 pixels, overlapping windows of 2 by 2"

    def make(rng):
        made = case(rng, 1, 1, 3, 4, (2, 2), (1, 1), (0, 0))
        return made | {"dout": np.rint(4 * made["dout"]) / 2}

    def ask(answer, inputs):
        return there_and_back(answer, inputs)

    def value(answer, inputs):
        return float((largest(inputs) * inputs["dout"]).sum())

    def truth(inputs):
        return sent_back(inputs)


@probe(points=2, visible=False, seeds=3)
class BackwardWithAFrame(SmallBackward):
    "two examples, three channels, windows of 3 by 2 with stride and frame"

    def make(rng):
        return case(rng, 2, 3, 6, 5, (3, 2), (2, 1), (1, 1))


@calls({2: there_and_back}, truth=sent_back, visible=True, seeds=1, kind="gradient")
def SmallTies(rng):
    "equal numbers: the first one of each window, as one reads, gets the message"
    x = np.zeros((1, 1, 2, 4)) - float(rng.integers(1, 9))
    return {"x": x, "dout": np.array([[[[3.0, -2.0]]]]), "k": (2, 2), "stride": (2, 2), "pad": (0, 0)}


@calls({2: all_there_and_back}, truth=all_sent_back, points=3, kind="gradient")
def BackThroughAllForms(rng):
    "windows, strides and frames of all kinds, pixels that nobody saw"
    made = [case(rng, *pool) for pool in POOLS]
    return {"cases": made + [one | {"dout": 1e-7 * one["dout"]} for one in made[:2]]}


@calls({2: all_there_and_back}, truth=all_sent_back, kind="edge")
def LargeWindows(rng):
    "windows of 12 by 12 and of 17 by 17, with the largest pixel last"
    return {"cases": [rising(rng, 1, 1, k, k + 1, (k, k), (1, 1), (0, 0)) for k in (12, 17)]}


@calls({2: all_there_and_back}, truth=all_sent_back, points=2, kind="edge")
def Ties(rng):
    "many equal pixels, windows of all kinds"
    return {"cases": [tied(rng, *pool) for pool in POOLS]}


@calls({2: all_there_and_back}, truth=all_sent_back, seeds=2, kind="edge")
def NearlyTied(rng):
    "pixels that differ by a billionth: no ties"
    made = [case(rng, *pool) for pool in POOLS[:5]]
    return {"cases": [one | {"x": 1.0 + 1e-8 * one["x"]} for one in made]}


@calls({2: all_there_and_back}, truth=all_sent_back, seeds=2, kind="edge")
def FlatPictures(rng):
    "pictures of zeros, and pictures of one negative number"
    made = [case(rng, *pool) for pool in POOLS[:4]]
    return {"cases": [one | {"x": np.full(one["x"].shape, level)} for one in made for level in (0.0, -2.5)]}


@calls({2: back_viewed}, truth=sent_back_viewed, seeds=2, kind="edge")
def BackwardViews(rng):
    "transposed pictures, views with gaps, arrays laid out by columns, and equal messages everywhere"
    return {**view_parts(rng)}


@calls({2: all_back_kept}, truth=back_exactly_kept, seeds=2, kind="edge")
def TwoAtOnce(rng):
    "forward passes with other windows before the first backward pass, and several with the same cache"
    return {**cases_to_keep(rng)}


@calls({2: there_and_back}, truth=sent_back, seeds=2, tolerance=T32, kind="gradient")
def BackwardInSinglePrecision(rng):
    "float32 in, float32 out"
    return {**in_float32(case(rng, *POOLS[2]))}
