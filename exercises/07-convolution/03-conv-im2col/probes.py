"""What the table of windows is asked: its order, the way back, and the speed of a convolution."""

import numpy as np

from grader.language import EXACT, T32, calls, probe, travels

# examples, channels, height, width, window height and width, stride, padding
TABLES = (
    (2, 3, 5, 7, (2, 3), (1, 1), (0, 0)),
    (1, 2, 6, 4, (3, 1), (1, 1), (0, 0)),
    (3, 1, 4, 6, (1, 4), (2, 1), (0, 0)),
    (2, 4, 3, 5, (1, 1), (1, 1), (0, 0)),
    (2, 3, 4, 6, (4, 6), (1, 1), (0, 0)),
    (3, 3, 3, 3, (2, 2), (1, 1), (0, 0)),
    (2, 3, 7, 6, (3, 2), (2, 3), (1, 2)),
    (1, 2, 8, 9, (3, 3), (2, 2), (0, 0)),
    (1, 3, 2, 3, (4, 5), (1, 1), (1, 2)),
    (2, 2, 3, 4, (1, 2), (3, 1), (2, 3)),
    (1, 1, 1, 1, (1, 1), (2, 5), (3, 0)),
    (3, 2, 9, 4, (2, 4), (5, 1), (1, 0)),
    # frames of one total size around pictures of different sizes, and one picture with and without its frame
    (1, 2, 3, 4, (2, 3), (1, 1), (0, 0)),
    (1, 2, 3, 4, (2, 3), (1, 1), (1, 2)),
    (1, 2, 1, 2, (2, 3), (1, 1), (2, 3)),
    # as many places with a frame as without, and with a stride of 2 as with one of 3
    (1, 1, 1, 6, (1, 3), (1, 3), (0, 0)),
    (1, 1, 1, 6, (1, 3), (1, 3), (0, 1)),
    (1, 1, 1, 7, (1, 4), (1, 2), (0, 0)),
    (1, 1, 1, 7, (1, 4), (1, 3), (0, 0)),
    # windows of one pixel, some of them in the frame
    (1, 2, 3, 4, (1, 1), (1, 1), (2, 1)),
)


def places(size, kernel, stride, pad):
    return len(range(-pad, size + pad - kernel + 1, stride))


def framed(x, pad):
    (n, c, h, w), (ph, pw) = x.shape, pad
    larger = np.zeros((n, c, h + 2 * ph, w + 2 * pw), x.dtype)
    larger[:, :, ph : ph + h, pw : pw + w] = x
    return larger


def corners(shape, kernel, stride, pad):
    """Where the windows begin on the padded picture, in reading order."""
    rows = places(shape[2], kernel[0], stride[0], pad[0])
    columns = places(shape[3], kernel[1], stride[1], pad[1])
    return [(i * stride[0], j * stride[1]) for i in range(rows) for j in range(columns)]


def window_by_window(x, kernel, stride=(1, 1), pad=(0, 0)):
    """The table, one window after the other."""
    larger = framed(x, pad)
    return np.array(
        [
            one[:, i : i + kernel[0], j : j + kernel[1]].ravel()
            for one in larger
            for i, j in corners(x.shape, kernel, stride, pad)
        ]
    )


def pixel_by_pixel(dcols, shape, kernel, stride=(1, 1), pad=(0, 0)):
    """The table's numbers are sent back to the pixels where they stood, one window after the other."""
    larger = framed(np.zeros(shape, np.longdouble), pad)
    starts = corners(shape, kernel, stride, pad)
    for k, row in enumerate(dcols.astype(np.longdouble)):
        n, (i, j) = k // len(starts), starts[k % len(starts)]
        larger[n, :, i : i + kernel[0], j : j + kernel[1]] += row.reshape(shape[1], *kernel)
    return larger[:, :, pad[0] : pad[0] + shape[2], pad[1] : pad[1] + shape[3]].astype(dcols.dtype)


def exact(x, w, b, stride=(1, 1), pad=(0, 0)):
    """The convolution weight by weight on shifted pictures, in extended precision (18 digits)."""
    larger = framed(x.astype(np.longdouble), pad)
    rows = places(x.shape[2], w.shape[2], stride[0], pad[0])
    columns = places(x.shape[3], w.shape[3], stride[1], pad[1])
    out = np.zeros((len(x), len(w), rows, columns), np.longdouble) + b[:, None, None]
    for u, v in np.ndindex(w.shape[2:]):
        seen = larger[:, :, u :: stride[0], v :: stride[1]][:, :, :rows, :columns]
        out += (seen[:, None] * w[:, :, u, v, None, None]).sum(axis=2)
    return out.astype(x.dtype)


def by_four_loops(x, w, b, stride, pad):
    """The slow way that the speed of `conv` is measured against."""
    (sh, sw), (kh, kw) = stride, w.shape[2:]
    larger = framed(x, pad)
    rows, columns = places(x.shape[2], kh, sh, pad[0]), places(x.shape[3], kw, sw, pad[1])
    out = np.empty((len(x), len(w), rows, columns), dtype=x.dtype)
    for n, f, i, j in np.ndindex(*out.shape):
        window = larger[n, :, i * sh : i * sh + kh, j * sw : j * sw + kw]
        out[n, f, i, j] = np.sum(window * w[f]) + b[f]
    return out


def slow_pictures(pictures, stride, pad):
    return [parts(by_four_loops(x, w, b, stride, pad)) for x, w, b in pictures]


def table_case(rng, n, c, h, w, kernel, stride, pad):
    return {"x": rng.standard_normal((n, c, h, w)), "kernel": kernel, "stride": stride, "pad": pad}


def back_case(rng, n, c, h, w, kernel, stride, pad):
    windows = n * len(corners((n, c, h, w), kernel, stride, pad))
    return {
        "dcols": rng.standard_normal((windows, c * kernel[0] * kernel[1])),
        "shape": (n, c, h, w),
        "kernel": kernel,
        "stride": stride,
        "pad": pad,
    }


def conv_case(rng, n, c, h, w, kernel, stride, pad, f=4):
    return {
        "x": rng.standard_normal((n, c, h, w)),
        "w": 0.5 * rng.standard_normal((f, c, *kernel)),
        "b": rng.standard_normal(f),
        "stride": stride,
        "pad": pad,
    }


def left_out(made):
    """The same without stride and padding."""
    return {name: value for name, value in made.items() if name not in ("stride", "pad")}


def in_float32(made):
    return {
        name: value.astype("float32") if name in ("x", "w", "b", "dcols") else value
        for name, value in made.items()
    }


@travels
def parts(out):
    """A large output in few numbers: some of its places, and its sums along two axes."""
    return {"some": out[::3, ::5, ::7, ::9], "sums": out.sum(axis=(2, 3)), "rows": out.sum(axis=(0, 1))}


@travels
def turned(x, kernel, stride, pad):
    return x.transpose(0, 3, 2, 1)[:, :, ::-1, ::2], kernel, stride, pad


@travels
def by_columns(x, kernel, stride, pad):
    return np.asfortranarray(x), kernel, stride, pad


@travels
def turned_rows(dcols, shape, kernel, stride, pad):
    return dcols.T[::-1, ::2], shape, kernel, stride, pad


@travels
def rows_by_columns(dcols, shape, kernel, stride, pad):
    return np.asfortranarray(dcols), shape, kernel, stride, pad


@travels
def with_gaps(x, w, b, stride, pad):
    return x.transpose(0, 3, 2, 1), w[::2, :, ::-1, ::3], np.broadcast_to(b, 2), stride, pad


@travels
def conv_by_columns(x, w, b, stride, pad):
    return np.asfortranarray(x), np.asfortranarray(w), b, stride, pad


@travels
def rewritten(im2col, c):
    """Two tables of one size; the first is written into before the second is made, then all is shown."""
    x = c["x"].copy()
    first = im2col(x, c["kernel"], c["stride"], c["pad"])
    before = first.copy()
    first[0] = 5.0
    first[:, -1] *= 2.0
    second = im2col(x, c["kernel"], c["stride"], c["pad"])
    x[...] = c["other"]
    third = im2col(x, c["kernel"], c["stride"], c["pad"])
    return [before, first, second, third, x]


def exactly_rewritten(c):
    first = window_by_window(c["x"], c["kernel"], c["stride"], c["pad"])
    changed = first.copy()
    changed[0] = 5.0
    changed[:, -1] *= 2.0
    other = window_by_window(c["other"], c["kernel"], c["stride"], c["pad"])
    return [first, changed, first, other, c["other"]]


@travels
def many_rewritten(im2col, c):
    return [rewritten(im2col, case) for case in c["cases"]]


def many_exactly_rewritten(c):
    return [exactly_rewritten(case) for case in c["cases"]]


@travels
def kept(conv, c):
    """Three calls of one shape, the second with an array that the first had seen with other numbers."""
    x = c["x"].copy()
    first = conv(x, c["w"], c["b"], c["stride"], c["pad"])
    x[...] = c["other"]
    second = conv(x, c["w"], c["b"], c["stride"], c["pad"])
    third = conv(c["other"], 2.0 * c["w"], c["b"], c["stride"], c["pad"])
    return [first, second, third]


def exact_kept(c):
    rest = (c["w"], c["b"], c["stride"], c["pad"])
    return [exact(c["x"], *rest), exact(c["other"], *rest), exact(c["other"], 2.0 * c["w"], *rest[1:])]


@travels
def back_kept(col2im, c):
    """Three calls of one shape; the results are looked at after the last one, one is written into."""
    dcols, rest = c["dcols"].copy(), (c["shape"], c["kernel"], c["stride"], c["pad"])
    first = col2im(dcols, *rest)
    kept = first.copy()
    first[...] = 7.0
    dcols *= -2.0
    second = col2im(dcols, *rest)
    third = col2im(c["dcols"], *rest)
    return [kept, second, third, dcols]


def back_exactly_kept(c):
    rest = (c["shape"], c["kernel"], c["stride"], c["pad"])
    once = pixel_by_pixel(c["dcols"], *rest)
    return [once, -2.0 * once, once, -2.0 * c["dcols"]]


@travels
def many_back_kept(col2im, c):
    return [back_kept(col2im, case) for case in c["cases"]]


def many_back_exactly_kept(c):
    return [back_exactly_kept(case) for case in c["cases"]]


@travels
def big_picture(conv, c):
    rng = np.random.default_rng(c["seed"])
    x = rng.normal(scale=c["scale"], size=(8, 8, 64, 64))
    w, b = rng.normal(size=(16, 8, 3, 3)), rng.normal(size=16)
    return parts(conv(x, w, b, (1, 1), (1, 1)))


@travels
def pictures(conv, c):
    return [parts(conv(x, w, b, c["stride"], c["pad"])) for x, w, b in c["pictures"]]


def exact_pictures(c):
    return [parts(exact(x, w, b, c["stride"], c["pad"])) for x, w, b in c["pictures"]]


def looped_pictures(c):
    return slow_pictures(c["pictures"], c["stride"], c["pad"])


# Task 1


@calls({1: "im2col"}, truth=window_by_window, visible=True, seeds=1)
def NumberedPixels(rng):
    "3 by 4 pixels, numbered from some start; windows of 2 by 2, stride (1, 2)"
    first = float(rng.integers(1, 50))
    return {"x": first + np.arange(12.0).reshape(1, 1, 3, 4), "kernel": (2, 2), "stride": (1, 2)}


@calls({1: "im2col"}, truth=window_by_window, visible=True, seeds=1)
def TwoExamplesTwoChannels(rng):
    "two examples, two channels, windows of 1 by 2 with a frame on the left and right"
    x = np.arange(8.0).reshape(2, 2, 1, 2) + float(rng.integers(1, 50))
    return {"x": x, "kernel": (1, 2), "stride": (1, 1), "pad": (0, 1)}


@calls({1: "im2col"}, truth=window_by_window, points=3)
def TablesOfAllForms(rng):
    "windows, strides and frames of all kinds"
    made = [table_case(rng, *table) for table in TABLES]
    return made + [left_out(table_case(rng, *table)) for table in TABLES[:2]]


@calls({1: "im2col"}, truth=window_by_window, through=turned, seeds=2, kind="edge")
def TurnedPictures(rng):
    "the windows of transposed pictures with gaps"
    x = rng.standard_normal((2, 10, 5, 3))
    moves = ((2, 1), (1, 0)), ((2, 1), (0, 0)), ((1, 1), (0, 0))
    return [{"x": x, "kernel": (2, 3), "stride": stride, "pad": pad} for stride, pad in moves]


@calls({1: "im2col"}, truth=window_by_window, through=by_columns, seeds=2, kind="edge")
def PicturesByColumns(rng):
    "the windows of pictures that are laid out by columns in memory"
    return [table_case(rng, *TABLES[0]), table_case(rng, *TABLES[6])]


@calls({1: (many_rewritten, "im2col")}, truth=many_exactly_rewritten, seeds=2, kind="edge")
def TablesOfTheirOwn(rng):
    "tables that are written into, and the picture and other tables afterwards"
    cases = [
        (1, 1, 3, 4, (1, 1), (1, 1), (0, 0)),
        (1, 1, 1, 6, (1, 3), (1, 1), (0, 0)),
        (2, 3, 5, 4, (2, 3), (1, 1), (0, 1)),
        (1, 1, 5, 1, (2, 1), (1, 1), (0, 0)),
    ]
    made = [table_case(rng, *case) for case in cases]
    return {"cases": [one | {"other": rng.standard_normal(one["x"].shape)} for one in made]}


@calls({1: "im2col"}, truth=window_by_window, seeds=2, tolerance=EXACT)
def TableInSinglePrecision(rng):
    "float32 in, float32 out"
    return {**in_float32(table_case(rng, 2, 3, 6, 5, (3, 2), (2, 3), (1, 1)))}


# Task 2


@calls({2: "conv"}, truth=exact, visible=True, seeds=2)
def SmallPicture(rng):
    "two examples, two channels, three kernels of 2 by 3"
    made = conv_case(rng, 2, 2, 3, 5, (2, 3), (1, 2), (1, 0), f=3)
    return {name: value.round(1) if name in ("x", "w", "b") else value for name, value in made.items()}


@calls({2: "conv"}, truth=exact, points=2)
def AllForms(rng):
    "kernels, strides and frames of all kinds, a picture of zeros, and kernels of zeros"
    made = [conv_case(rng, *table) for table in TABLES]
    made += [made[0] | {name: 0.0 * made[0][name]} for name in ("x", "w")]
    return made + [left_out(conv_case(rng, *table)) for table in TABLES[:2]]


@calls({2: "conv"}, truth=exact, through=with_gaps, seeds=2, kind="edge")
def Views(rng):
    "{} of transposed pictures, views with gaps, and one bias for all"
    arrays = {
        "x": rng.standard_normal((2, 6, 5, 3)),
        "w": rng.standard_normal((3, 3, 3, 5)),
        "b": rng.standard_normal(),
    }
    return [arrays | {"stride": stride, "pad": pad} for stride, pad in (((1, 2), (2, 1)), ((1, 1), (0, 0)))]


@calls({2: "conv"}, truth=exact, through=conv_by_columns, seeds=2, kind="edge")
def ByColumns(rng):
    "{} of pictures and kernels that are laid out by columns in memory"
    return [conv_case(rng, *TABLES[0]), conv_case(rng, *TABLES[6])]


@calls({2: (kept, "conv")}, truth=exact_kept, seeds=2, kind="edge")
def Kept(rng):
    "three results of one size, looked at after the last call"
    made = conv_case(rng, 2, 3, 5, 6, (2, 3), (2, 1), (1, 2))
    return {**made, "other": rng.standard_normal((2, 3, 5, 6))}


@calls({2: "conv"}, truth=exact, seeds=2, tolerance=T32)
def SinglePrecision(rng):
    "float32 in, float32 out"
    return {**in_float32(conv_case(rng, 2, 3, 6, 5, (3, 2), (2, 3), (1, 1)))}


@calls(
    {2: (pictures, "conv")},
    truth=exact_pictures,
    baseline=looped_pictures,
    points=2,
    seeds=2,
    times_faster=20,
    seconds=20,
)
def TwentyTimesFaster(rng):
    "8 pictures of 3 by 32 by 32, 16 kernels: at least 20 times faster than four loops"
    made = [conv_case(rng, 8, 3, 32, 32, (3, 3), (1, 1), (1, 1), f=16) for _ in range(2)]
    return {"pictures": [[one["x"], one["w"], one["b"]] for one in made], "stride": (1, 1), "pad": (1, 1)}


@calls({2: (big_picture, "conv")}, points=2, seeds=1, memory_mb=113)
def LittleMemory(rng):
    "8 pictures of 8 by 64 by 64, 16 kernels, in 113 MB"
    return {"seed": int(rng.integers(2**31)), "scale": float(rng.uniform(0.5, 2.0))}


# Task 3


@probe(task=3, visible=True, seeds=2, kind="gradient", wrt=("x",))
class RowOfPixels:
    "two rows of 4 pixels, windows of 1 by 3"

    def make(rng):
        return {
            "dcols": rng.integers(-9, 10, (4, 3)).astype(float),
            "x": np.zeros((1, 1, 2, 4)),
            "kernel": (1, 3),
            "stride": (1, 1),
            "pad": (0, 0),
        }

    def ask(answer, inputs):
        rest = (inputs["kernel"], inputs["stride"], inputs["pad"])
        return answer.col2im(inputs["dcols"], inputs["x"].shape, *rest)

    def value(answer, inputs):
        rest = (inputs["kernel"], inputs["stride"], inputs["pad"])
        return float((window_by_window(inputs["x"], *rest) * inputs["dcols"]).sum())

    def truth(inputs):
        rest = (inputs["kernel"], inputs["stride"], inputs["pad"])
        return pixel_by_pixel(inputs["dcols"], inputs["x"].shape, *rest)


@probe(points=2, visible=False, seeds=3)
class TwoExamplesWithAFrame(RowOfPixels):
    "two examples, three channels, with stride and frame"

    def make(rng):
        made = back_case(rng, 2, 3, 6, 7, (3, 2), (2, 3), (1, 2))
        return made | {"x": rng.standard_normal((2, 3, 6, 7))}


@calls({3: "col2im"}, truth=pixel_by_pixel, points=3, kind="gradient")
def BackFromAllForms(rng):
    "windows, strides and frames of all kinds, pixels that nobody saw"
    made = [back_case(rng, *table) for table in TABLES]
    return made + [left_out(back_case(rng, *table)) for table in TABLES[:2]]


@calls({3: "col2im"}, truth=pixel_by_pixel, through=turned_rows, seeds=2, kind="edge")
def BackFromTurnedRows(rng):
    "a transposed table with gaps"
    dcols = rng.standard_normal((2 * 12, 18))
    return {"dcols": dcols, "shape": (1, 2, 5, 8), "kernel": (2, 3), "stride": (1, 3), "pad": (1, 1)}


@calls({3: "col2im"}, truth=pixel_by_pixel, through=rows_by_columns, seeds=2, kind="edge")
def BackFromRowsByColumns(rng):
    "a table that is laid out by columns in memory"
    return [back_case(rng, *TABLES[0]), back_case(rng, *TABLES[6])]


@calls({3: (many_back_kept, "col2im")}, truth=many_back_exactly_kept, seeds=2, kind="edge")
def PicturesOfTheirOwn(rng):
    "pictures that are written into, the table and other pictures afterwards"
    cases = [
        (1, 1, 3, 4, (1, 1), (1, 1), (0, 0)),
        (2, 3, 5, 4, (2, 3), (1, 1), (0, 1)),
        (1, 2, 4, 5, (2, 2), (2, 1), (0, 0)),
    ]
    return {"cases": [back_case(rng, *case) for case in cases]}


@calls({3: "col2im"}, truth=pixel_by_pixel, seeds=2, tolerance=T32)
def BackInSinglePrecision(rng):
    "float32 in, float32 out"
    return {**in_float32(back_case(rng, 2, 3, 6, 5, (3, 2), (2, 1), (1, 1)))}
