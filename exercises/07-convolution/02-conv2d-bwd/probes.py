"""What the way back through a convolution is asked: all three gradients, proven by sums and differences."""

import numpy as np

from grader.language import EXACT, T32, calls, probe, travels

# examples, channels, height, width, kernels, kernel height, kernel width, stride, padding
PLAIN = (
    (2, 3, 5, 7, 4, 2, 3, (1, 1), (0, 0)),
    (1, 2, 6, 4, 3, 3, 1, (1, 1), (0, 0)),
    (3, 4, 3, 5, 2, 1, 1, (1, 1), (0, 0)),
    (2, 3, 4, 6, 5, 4, 6, (1, 1), (0, 0)),
    (3, 3, 5, 5, 3, 3, 3, (1, 1), (0, 0)),
)
MOVES = (
    (2, 3, 7, 6, 4, 3, 2, (2, 3), (1, 2)),
    (1, 2, 8, 9, 3, 3, 3, (2, 2), (0, 0)),
    (2, 1, 5, 8, 2, 2, 3, (1, 2), (0, 1)),
    (1, 3, 2, 3, 2, 4, 5, (1, 1), (1, 2)),
    (2, 2, 3, 4, 3, 1, 2, (3, 1), (2, 3)),
    (1, 1, 1, 1, 1, 1, 1, (2, 5), (3, 0)),
    (3, 2, 9, 4, 2, 2, 4, (5, 1), (1, 0)),
    (1, 2, 6, 5, 4, 1, 1, (4, 3), (0, 0)),
    # frames of one total size around pictures of different sizes, and one picture with and without its frame
    (1, 2, 3, 4, 3, 2, 3, (1, 1), (0, 0)),
    (1, 2, 3, 4, 3, 2, 3, (1, 1), (1, 2)),
    (1, 2, 1, 2, 3, 2, 3, (1, 1), (2, 3)),
)


def places(size, kernel, stride, pad):
    return len(range(-pad, size + pad - kernel + 1, stride))


def parts(rng, n, c, h, w, f, kh, kw, stride, pad):
    """Messages in the shape of the output, the picture, the kernels, and how the windows move."""
    out = (n, f, places(h, kh, stride[0], pad[0]), places(w, kw, stride[1], pad[1]))
    return {
        "dout": rng.standard_normal(out),
        "x": rng.standard_normal((n, c, h, w)),
        "w": 0.5 * rng.standard_normal((f, c, kh, kw)),
        "stride": stride,
        "pad": pad,
    }


def left_out(made):
    """Without stride and padding: the forward pass was called without them, too."""
    return {name: made[name] for name in ("dout", "x", "w")}


def whole_numbers(made):
    """Sums of small whole numbers are exact, in every order of adding."""
    return {name: np.rint(4 * value) if name in ("dout", "x", "w") else value for name, value in made.items()}


def tiny(made):
    """Messages of a network that has nearly finished learning."""
    return made | {"dout": 1e-7 * made["dout"]}


def in_float32(made):
    return {
        name: value.astype("float32") if name in ("dout", "x", "w") else value for name, value in made.items()
    }


def framed(x, pad):
    (n, c, h, w), (ph, pw) = x.shape, pad
    larger = np.zeros((n, c, h + 2 * ph, w + 2 * pw), x.dtype)
    larger[:, :, ph : ph + h, pw : pw + w] = x
    return larger


def forward(x, w, b, stride, pad):
    """The convolution itself, weight by weight on shifted pictures."""
    larger = framed(x, pad)
    rows = places(x.shape[2], w.shape[2], stride[0], pad[0])
    columns = places(x.shape[3], w.shape[3], stride[1], pad[1])
    out = np.zeros((len(x), len(w), rows, columns), x.dtype) + b[:, None, None]
    for u, v in np.ndindex(w.shape[2:]):
        seen = larger[:, :, u :: stride[0], v :: stride[1]][:, :, :rows, :columns]
        out += (seen[:, None] * w[:, :, u, v, None, None]).sum(axis=2)
    return out


def exact(dout, x, w, stride=(1, 1), pad=(0, 0)):
    """All three sums weight by weight, in extended precision (18 digits)."""
    wide, kernels, larger = (a.astype(np.longdouble) for a in (dout, w, framed(x, pad)))
    rows, columns = dout.shape[2:]
    dlarger, dw = np.zeros_like(larger), np.zeros_like(kernels)
    for u, v in np.ndindex(w.shape[2:]):
        place = np.s_[:, :, u :: stride[0], v :: stride[1]]
        seen = larger[place][:, :, :rows, :columns]
        dw[:, :, u, v] = (wide[:, :, None] * seen[:, None]).sum(axis=(0, 3, 4))
        dlarger[place][:, :, :rows, :columns] += (wide[:, :, None] * kernels[:, :, u, v, None, None]).sum(
            axis=1
        )
    (ph, pw), (h, width) = pad, x.shape[2:]
    dx = dlarger[:, :, ph : ph + h, pw : pw + width]
    return [gradient.astype(x.dtype) for gradient in (dx, dw, wide.sum(axis=(0, 2, 3)))]


def exact_kernels(c):
    return exact(**{name: c[name] for name in ("dout", "x", "w", "stride", "pad") if name in c})[1:]


def exact_picture(dout, x, w, stride=(1, 1), pad=(0, 0)):
    return exact(dout, x, w, stride, pad)[0]


def picture_by_scipy(dout, x, w, stride=(1, 1), pad=(0, 0)):
    """With a stride of 1 the picture receives a full convolution of the messages with each kernel."""
    from scipy.signal import convolve2d

    made = [
        [sum(convolve2d(dout[n, f], w[f, c], mode="full") for f in range(len(w))) for c in range(x.shape[1])]
        for n in range(len(x))
    ]
    return np.array(made)


def kernels_by_scipy(c):
    """With a stride of 1 each kernel receives the correlation of the picture with its messages."""
    from scipy.signal import correlate2d

    dout, x = c["dout"], c["x"]
    dw = [
        [
            sum(correlate2d(x[n, c], dout[n, f], mode="valid") for n in range(len(x)))
            for c in range(x.shape[1])
        ]
        for f in range(dout.shape[1])
    ]
    return [np.array(dw), np.array([dout[:, f].sum() for f in range(dout.shape[1])])]


@travels
def kernels(conv_bwd, c):
    moves = (c["stride"], c["pad"]) if "stride" in c else ()
    dx, dw, db = conv_bwd(c["dout"], c["x"], c["w"], *moves)
    return [dw, db]


@travels
def views(c):
    """Transposed with a frame; and without one: with gaps, and laid out column by column in memory."""
    w = c["w"][::2, :, ::-1, ::3]
    dout = np.broadcast_to(c["message"][:, None, None], (2, 2, 3, 3))
    framed = {"dout": dout, "x": c["x"].transpose(0, 3, 2, 1), "w": w, "stride": (2, 3), "pad": (1, 2)}
    rest = {"stride": (1, 1), "pad": (0, 0)}
    gaps = {"dout": c["wide"][..., ::-2], "x": c["large"][:, ::2, :, ::2], "w": w} | rest
    down = {name: np.asfortranarray(gaps[name]) for name in ("dout", "x", "w")} | rest
    return [framed, gaps, down]


@travels
def kernels_of_views(conv_bwd, c):
    return [kernels(conv_bwd, v) for v in views(c)]


@travels
def pictures_of_views(conv_bwd, c):
    return [conv_bwd(v["dout"], v["x"], v["w"], v["stride"], v["pad"])[0] for v in views(c)]


def exact_kernels_of_views(c):
    return [exact_kernels(v) for v in views(c)]


def exact_pictures_of_views(c):
    return [exact_picture(**v) for v in views(c)]


@travels
def kept(conv_bwd, c):
    """Three calls of one shape, in two of them the same arrays with other numbers."""
    dout, x, w = c["dout"].copy(), c["x"].copy(), c["w"].copy()
    first = conv_bwd(dout, x, w, c["stride"], c["pad"])
    dout[...], x[...], w[...] = 2.0 * c["dout"], c["other"], -c["w"]
    second = conv_bwd(dout, x, w, c["stride"], c["pad"])
    third = conv_bwd(c["dout"], c["other"], c["w"], c["stride"], c["pad"])
    return [first, second, third]


@travels
def kernels_kept(conv_bwd, c):
    return [[dw, db] for dx, dw, db in kept(conv_bwd, c)]


@travels
def pictures_kept(conv_bwd, c):
    return [dx for dx, dw, db in kept(conv_bwd, c)]


def exact_kept(c):
    dout, x, w, other, rest = c["dout"], c["x"], c["w"], c["other"], (c["stride"], c["pad"])
    return [exact(dout, x, w, *rest), exact(2.0 * dout, other, -w, *rest), exact(dout, other, w, *rest)]


def exact_kernels_kept(c):
    return [[dw, db] for dx, dw, db in exact_kept(c)]


def exact_pictures_kept(c):
    return [dx for dx, dw, db in exact_kept(c)]


def to_be_kept(rng):
    """Among them one example with a single place: there a sum over the places has nothing to add."""
    made = [
        parts(rng, 2, 3, 5, 6, 4, 2, 3, (2, 1), (1, 2)),
        parts(rng, 1, 2, 3, 4, 5, 3, 4, (1, 1), (0, 0)),
    ]
    return [one | {"other": rng.standard_normal(one["x"].shape)} for one in made]


def with_gaps(rng):
    return {
        "message": rng.standard_normal(2),
        "x": rng.standard_normal((2, 6, 5, 3)),
        "w": rng.standard_normal((3, 3, 3, 5)),
        "wide": rng.standard_normal((2, 2, 3, 6)),
        "large": rng.standard_normal((2, 6, 5, 8)),
    }


def silent(made):
    """One of the kernels is all zeros: it hears its messages as the others do."""
    w = made["w"].copy()
    w[1] = 0.0
    return made | {"w": w}


def dark(made):
    """Pictures of zeros: the kernels learn nothing from them, the biases and the pixels hear as ever."""
    return made | {"x": 0.0 * made["x"]}


@probe(task=1, visible=True, seeds=2, kind="gradient", wrt=("w", "b"))
class KernelsOfASmallPicture:
    "dw and db for one channel, 3 by 4 pixels and one kernel"

    def make(rng):
        made = parts(rng, 1, 1, 3, 4, 1, 2, 2, (1, 1), (0, 0))
        return {name: np.rint(2 * made[name]) / 2 for name in ("dout", "x", "w")} | {
            "b": np.array([0.5]),
            "stride": (1, 1),
            "pad": (0, 0),
        }

    def ask(answer, inputs):
        return kernels(answer.conv_bwd, inputs)

    def value(answer, inputs):
        out = forward(inputs["x"], inputs["w"], inputs["b"], inputs["stride"], inputs["pad"])
        return float((out * inputs["dout"]).sum())

    def truth(inputs):
        return exact_kernels(inputs)


@probe(points=2, visible=False, seeds=3)
class KernelsWithStrideAndFrame(KernelsOfASmallPicture):
    "dw and db for two examples, three channels, four kernels, with stride and padding"

    def make(rng):
        return parts(rng, 2, 3, 6, 7, 4, 3, 2, (2, 3), (1, 2)) | {"b": rng.standard_normal(4)}


@calls({1: (kernels, "conv_bwd")}, truth=exact_kernels, points=2, kind="gradient")
def KernelsOfAllForms(rng):
    "dw and db of long and flat kernels, one pixel, the whole picture; stride and pad left out"
    made = [left_out(parts(rng, *shape)) for shape in PLAIN]
    return [*made, silent(made[0]), dark(made[0])]


@calls({1: (kernels, "conv_bwd")}, truth=kernels_by_scipy, seeds=2, kind="gradient")
def KernelsAgainstScipy(rng):
    "dw and db, compared with a library's correlation"
    return parts(rng, 3, 2, 7, 6, 4, 3, 2, (1, 1), (0, 0))


@calls({1: (kernels, "conv_bwd")}, truth=exact_kernels, points=2, kind="gradient")
def KernelsWithAllMoves(rng):
    "dw and db with strides and paddings of all kinds, remainders among them"
    return [parts(rng, *move) for move in MOVES]


@calls({1: (kernels, "conv_bwd")}, truth=exact_kernels, seeds=2, kind="edge")
def KernelsUnderTinyMessages(rng):
    "dw and db of messages near 1e-7"
    return [tiny(parts(rng, *move)) for move in (PLAIN[0], MOVES[0])]


@calls({1: (kernels_of_views, "conv_bwd")}, truth=exact_kernels_of_views, seeds=2, kind="edge")
def KernelsOfViews(rng):
    "dw and db of transposed pictures, views with gaps, arrays laid out by columns, equal messages everywhere"
    return {**with_gaps(rng)}


@calls({1: (kernels_kept, "conv_bwd")}, truth=exact_kernels_kept, seeds=2, kind="edge")
def KernelsKept(rng):
    "dw and db of three calls, looked at afterwards"
    return to_be_kept(rng)


@calls({1: (kernels, "conv_bwd")}, truth=exact_kernels, seeds=2, tolerance=T32, kind="gradient")
def KernelsInSinglePrecision(rng):
    "dw and db: float32 in, float32 out"
    return {**in_float32(parts(rng, 2, 3, 6, 5, 4, 3, 2, (2, 1), (1, 1)))}


@probe(task=2, visible=True, seeds=2, kind="gradient", wrt=("x",))
class SmallPicture:
    "dx for one channel, 3 by 4 pixels and one kernel"

    def make(rng):
        made = parts(rng, 1, 1, 3, 4, 1, 2, 2, (1, 1), (0, 0))
        return {name: np.rint(2 * made[name]) / 2 for name in ("dout", "x", "w")} | {
            "stride": (1, 1),
            "pad": (0, 0),
        }

    def ask(answer, inputs):
        return answer.conv_bwd(inputs["dout"], inputs["x"], inputs["w"], inputs["stride"], inputs["pad"])[0]

    def value(answer, inputs):
        b = np.zeros(len(inputs["w"]))
        out = forward(inputs["x"], inputs["w"], b, inputs["stride"], inputs["pad"])
        return float((out * inputs["dout"]).sum())

    def truth(inputs):
        return exact_picture(**inputs)


@probe(points=2, visible=False, seeds=3)
class PictureWithStrideAndFrame(SmallPicture):
    "dx for two examples, three channels, four kernels, with stride and padding"

    def make(rng):
        return parts(rng, 2, 3, 6, 7, 4, 3, 2, (2, 3), (1, 2))


@calls({2: "conv_bwd"}, truth=exact_picture, pick=0, points=2, kind="gradient")
def PicturesUnderAllForms(rng):
    "dx under long and flat kernels, one pixel, the whole picture; stride and pad left out"
    made = [left_out(parts(rng, *shape)) for shape in PLAIN]
    return [*made, silent(made[0]), dark(made[0])]


@calls({2: "conv_bwd"}, truth=picture_by_scipy, pick=0, seeds=2, kind="gradient")
def PictureAgainstScipy(rng):
    "dx, compared with a library's full convolution"
    return parts(rng, 2, 3, 7, 6, 4, 3, 2, (1, 1), (0, 0))


@calls({2: "conv_bwd"}, truth=exact_picture, pick=0, points=3, kind="gradient")
def PicturesWithAllMoves(rng):
    "dx with strides and paddings of all kinds"
    return [parts(rng, *move) for move in MOVES]


@calls({2: "conv_bwd"}, truth=exact_picture, pick=0, seeds=2, tolerance=EXACT, kind="edge")
def UnseenPixels(rng):
    "whole numbers; the pixels that no window saw get exactly 0"
    moves = [
        (2, 2, 8, 9, 3, 3, 2, (3, 4), (0, 0)),
        (1, 3, 7, 6, 2, 2, 3, (3, 2), (0, 1)),
        (1, 1, 5, 5, 2, 1, 2, (2, 3), (0, 0)),
    ]
    return [whole_numbers(parts(rng, *move)) for move in moves]


@calls({2: "conv_bwd"}, truth=exact_picture, pick=0, seeds=2, kind="edge")
def PictureUnderTinyMessages(rng):
    "dx of messages near 1e-7"
    return [tiny(parts(rng, *move)) for move in (PLAIN[0], MOVES[0])]


@calls({2: (pictures_of_views, "conv_bwd")}, truth=exact_pictures_of_views, seeds=2, kind="edge")
def PictureOfViews(rng):
    "dx of transposed pictures, views with gaps, arrays laid out by columns, equal messages everywhere"
    return {**with_gaps(rng)}


@calls({2: (pictures_kept, "conv_bwd")}, truth=exact_pictures_kept, seeds=2, kind="edge")
def PicturesKept(rng):
    "dx of three calls, looked at afterwards"
    return to_be_kept(rng)


@calls({2: "conv_bwd"}, truth=exact_picture, pick=0, seeds=2, tolerance=T32, kind="gradient")
def PictureInSinglePrecision(rng):
    "dx: float32 in, float32 out"
    return {**in_float32(parts(rng, 2, 3, 6, 5, 4, 3, 2, (2, 1), (1, 1)))}
