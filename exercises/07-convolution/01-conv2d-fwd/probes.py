"""What the convolution is asked: places, kernels of all forms, strides, frames, views, float32."""

import numpy as np

from grader.language import T32, calls, travels

CONV = {2: "conv", 3: "conv"}
# examples, channels, height, width, kernels, kernel height, kernel width
SHAPES = (
    (2, 3, 5, 7, 4, 2, 3),
    (1, 2, 6, 4, 3, 3, 1),
    (3, 1, 4, 6, 2, 1, 4),
    (2, 4, 3, 5, 3, 1, 1),
    (2, 3, 4, 6, 2, 4, 6),
    (1, 1, 7, 5, 1, 2, 5),
    (3, 3, 3, 3, 3, 2, 2),
)
# the same, then stride and padding; among them remainders, a kernel larger than its picture, a wide frame
MOVES = (
    (2, 3, 7, 6, 4, 3, 2, (2, 3), (1, 2)),
    (1, 2, 8, 9, 3, 3, 3, (2, 2), (0, 0)),
    (2, 1, 5, 8, 2, 2, 3, (1, 2), (0, 1)),
    (1, 3, 2, 3, 2, 4, 5, (1, 1), (1, 2)),
    (2, 2, 3, 4, 3, 1, 2, (3, 1), (2, 3)),
    (1, 2, 6, 5, 2, 1, 1, (4, 3), (0, 0)),
    (2, 2, 5, 5, 2, 3, 3, (1, 1), (1, 1)),
    (1, 1, 1, 1, 1, 1, 1, (2, 5), (3, 0)),
    (3, 2, 9, 4, 2, 2, 4, (5, 1), (1, 0)),
    # frames of one total size around pictures of different sizes, and one picture with and without its frame
    (1, 2, 3, 4, 3, 2, 3, (1, 1), (0, 0)),
    (1, 2, 3, 4, 3, 2, 3, (1, 1), (1, 2)),
    (1, 2, 1, 2, 3, 2, 3, (1, 1), (2, 3)),
    # windows of one pixel, some of them in the frame
    (1, 2, 3, 4, 3, 1, 1, (1, 1), (2, 1)),
)


def parts(rng, n, c, h, w, f, kh, kw):
    """A picture, kernels and biases that are not zero."""
    return {
        "x": rng.standard_normal((n, c, h, w)),
        "w": 0.5 * rng.standard_normal((f, c, kh, kw)),
        "b": rng.standard_normal(f),
    }


def moved(rng, *move):
    return parts(rng, *move[:7]) | {"stride": move[7], "pad": move[8]}


def in_float32(made):
    return {name: value.astype("float32") if name in "xwb" else value for name, value in made.items()}


def places(size, kernel, stride, pad):
    return len(range(-pad, size + pad - kernel + 1, stride))


def exact(x, w, b, stride=(1, 1), pad=(0, 0)):
    """Weight by weight on shifted pictures, in extended precision (18 digits)."""
    (n, c, height, width), (f, _, kh, kw) = x.shape, w.shape
    (sh, sw), (ph, pw) = stride, pad
    framed = np.zeros((n, c, height + 2 * ph, width + 2 * pw), np.longdouble)
    framed[:, :, ph : ph + height, pw : pw + width] = x
    rows, columns = places(height, kh, sh, ph), places(width, kw, sw, pw)
    out = np.zeros((n, f, rows, columns), np.longdouble) + b[:, None, None]
    for u, v in np.ndindex(kh, kw):
        seen = framed[:, :, u::sh, v::sw][:, :, :rows, :columns]
        out += (seen[:, None] * w[:, :, u, v, None, None]).sum(axis=2)
    return out.astype(x.dtype)


def by_scipy(x, w, b):
    """What scipy's correlation of three axes makes of every example and every kernel."""
    from scipy.signal import correlate

    made = [[correlate(one, kernel, mode="valid")[0] for kernel in w] for one in x]
    return np.array(made) + b[:, None, None]


@travels
def with_gaps(x, w, b, stride=(1, 1), pad=(0, 0)):
    return x.transpose(0, 3, 2, 1), w[::2, :, ::-1, ::3], np.broadcast_to(b, 2), stride, pad


@travels
def kept(conv, c):
    """Three calls of one shape, the second with arrays that the first had seen with other numbers."""
    x, w, b = c["x"].copy(), c["w"].copy(), c["b"].copy()
    first = conv(x, w, b, c["stride"], c["pad"])
    x[...], w[...], b[...] = c["other"], -c["w"], 2.0 * c["b"]
    second = conv(x, w, b, c["stride"], c["pad"])
    third = conv(c["other"], c["w"], c["b"], c["stride"], c["pad"])
    return [first, second, third]


def exact_kept(c):
    x, w, b, other, rest = c["x"], c["w"], c["b"], c["other"], (c["stride"], c["pad"])
    return [exact(x, w, b, *rest), exact(other, -w, 2.0 * b, *rest), exact(other, w, b, *rest)]


@calls({1: "out_size"}, truth=places, visible=True, seeds=1)
def PlacesOfTheExample(rng):
    "8 pixels, a window of 3, stride 2, no padding: 3 places; and two more"
    names = ("size", "kernel", "stride", "pad")
    return [
        dict(zip(names, case, strict=True))
        for case in ((8, 3, 2, 0), (5, 5, 1, 0), (4, 3, 1, int(rng.integers(1, 3))))
    ]


@calls({1: "out_size"}, truth=places)
def ManyPlaces(rng):
    "sizes of all kinds, with and without padding, with and without a remainder, two of them large"
    large = (999_999, 1, 7, 999_999), (49 * int(rng.integers(1, 9)) + 1, 1, 49, 0)
    made = [dict(zip(("size", "kernel", "stride", "pad"), case, strict=True)) for case in large]
    for _ in range(60):
        size, pad, stride = (int(rng.integers(low, high)) for low, high in ((1, 40), (0, 5), (1, 6)))
        kernel = int(rng.integers(1, size + 2 * pad + 1))
        made.append({"size": size, "kernel": kernel, "stride": stride, "pad": pad})
    return made


@calls({2: "conv"}, truth=exact, visible=True, seeds=2)
def SmallPicture(rng):
    "one channel, 3 by 4 pixels, one kernel of 2 by 2"
    shapes = {"x": (1, 1, 3, 4), "w": (1, 1, 2, 2), "b": 1}
    return {name: rng.integers(-4, 5, shape) * 0.5 for name, shape in shapes.items()}


@calls({2: "conv"}, truth=exact, visible=True, seeds=1)
def TwoChannels(rng):
    "two channels and three kernels, which are not square"
    return {name: value.round(1) for name, value in parts(rng, 1, 2, 4, 3, 3, 3, 2).items()}


@calls({2: "conv"}, truth=exact, points=2)
def KernelsOfAllForms(rng):
    "long and flat kernels, one pixel, the whole picture, several examples"
    return [parts(rng, *shape) for shape in SHAPES]


@calls({2: "conv"}, truth=by_scipy, seeds=2)
def AgainstScipy(rng):
    "three channels, compared with a library's correlation"
    return {**parts(rng, 2, 3, 9, 8, 5, 4, 3)}


@calls({2: "conv"}, truth=exact, through=with_gaps, seeds=2, kind="edge")
def Views(rng):
    "{} of transposed pictures, views with gaps, and one bias for all"
    return {
        "x": rng.standard_normal((2, 6, 5, 3)),
        "w": rng.standard_normal((3, 3, 3, 5)),
        "b": rng.standard_normal(),
    }


@calls({2: "conv"}, truth=exact, kind="edge")
def LargeAndSmall(rng):
    "pixels of zero, tiny pixels, huge ones, a flat picture, and a kernel of zeros"
    made = parts(rng, 2, 2, 4, 5, 3, 2, 3)
    pictures = (0.0 * made["x"], 1e-4 * made["x"], 1e6 * made["x"], np.full((2, 2, 4, 5), 100.0))
    silent = made["w"] * np.array([1.0, 0.0, 1.0])[:, None, None, None]
    return [made | {"w": silent}, *(made | {"x": x} for x in pictures)]


@calls({3: "conv"}, truth=exact, visible=True, seeds=2)
def FramedAndStrided(rng):
    "one channel, 4 by 5 pixels, stride (2, 1), padding (1, 0)"
    made = {
        name: rng.integers(-4, 5, shape) * 0.5
        for name, shape in (("x", (1, 1, 4, 5)), ("w", (1, 1, 2, 3)), ("b", 1))
    }
    return {**made, "stride": (2, 1), "pad": (1, 0)}


@calls({3: "conv"}, truth=exact, points=3)
def StridesAndFrames(rng):
    "strides and paddings of all kinds, remainders, windows that lie in the padding"
    return [moved(rng, *move) for move in MOVES]


@calls({3: "conv"}, truth=exact, through=with_gaps, seeds=2, kind="edge")
def ViewsWithStride(rng):
    "{} of transposed pictures and views with gaps, with stride and padding"
    made = {
        "x": rng.standard_normal((2, 6, 5, 3)),
        "w": rng.standard_normal((3, 3, 3, 5)),
        "b": rng.standard_normal(),
    }
    return {**made, "stride": (1, 2), "pad": (2, 1)}


@calls({2: (kept, "conv")}, truth=exact_kept, seeds=2, kind="edge")
def Kept(rng):
    "two results of one size, looked at after both calls"
    return {**moved(rng, 2, 3, 5, 6, 4, 2, 3, (1, 1), (0, 0)), "other": rng.standard_normal((2, 3, 5, 6))}


@calls({3: (kept, "conv")}, truth=exact_kept, seeds=2, kind="edge")
def KeptWithStride(rng):
    "two results of one size, with stride and padding, looked at after both calls"
    return {**moved(rng, 2, 3, 5, 6, 4, 2, 3, (2, 1), (1, 2)), "other": rng.standard_normal((2, 3, 5, 6))}


@calls({2: "conv"}, truth=exact, seeds=2, tolerance=T32)
def SinglePrecision(rng):
    "float32 in, float32 out"
    return {**in_float32(parts(rng, 2, 3, 6, 5, 4, 3, 2))}


@calls({3: "conv"}, truth=exact, seeds=2, tolerance=T32)
def SinglePrecisionWithStride(rng):
    "float32 in, float32 out, with stride and padding"
    return {**in_float32(moved(rng, 2, 3, 6, 5, 4, 3, 2, (2, 3), (1, 1)))}
