"""What the three products are asked: shapes of all kinds, small types, views, float32, and speed."""

import numpy as np

from grader.language import T16, T32, Tolerance, calls, travels

PRODUCTS = {1: "matmul_loops", 2: "matmul_rows", 3: "matmul_vec"}
SHAPES = [(3, 5, 7), (7, 2, 3), (4, 4, 4), (1, 6, 5), (5, 6, 1), (1, 9, 1), (4, 1, 3), (3, 0, 2)]


def exact(A, B):
    """The product in extended precision (18 digits), rounded to the promised dtype at the end."""
    dtype = np.result_type(A, B)
    if dtype.kind != "f":
        dtype = np.dtype(np.float64)
    wide = A.astype(np.longdouble)[:, :, None] * B.astype(np.longdouble)[None, :, :]
    return wide.sum(axis=1).astype(dtype)


def by_library(A, B):
    return A @ B


def by_three_loops(A, B):
    """The slow way that the speed of `matmul_vec` is measured against."""
    C = np.zeros((A.shape[0], B.shape[1]))
    for i in range(A.shape[0]):
        for j in range(B.shape[1]):
            for p in range(A.shape[1]):
                C[i, j] += A[i, p] * B[p, j]
    return C


@travels
def with_gaps(A, B):
    return A.T, B[::2, ::-2]


@calls(PRODUCTS, truth=exact, visible=True, seeds=2)
def Small(rng):
    "A 2 by 3 array times a 3 by 4 array"
    return {"A": rng.integers(-4, 5, (2, 3)) * 0.5, "B": rng.integers(-4, 5, (3, 4)) * 0.5}


@calls(PRODUCTS, truth=exact, points=2)
def ManyShapes(rng):
    "Long, flat, single rows, single columns, and no shared numbers at all"
    return [{"A": rng.normal(size=(m, k)), "B": rng.normal(size=(k, n))} for m, k, n in SHAPES]


@calls(PRODUCTS, truth=exact, kind="edge")
def WholeNumbers(rng):
    "Whole numbers in small types and huge ones, and whole numbers with fractions"
    bytes_ = [rng.integers(60, 120, shape).astype(np.int8) for shape in ((3, 5), (5, 2))]
    unsigned = [rng.integers(100, 250, shape).astype(np.uint8) for shape in ((2, 4), (4, 3))]
    large = [rng.integers(40_000, 90_000, shape).astype(np.int32) for shape in ((2, 3), (3, 4))]
    mixed = [rng.integers(-9, 9, (4, 3)), rng.normal(size=(3, 2))]
    huge = [rng.integers(4 * 10**9, 9 * 10**9, shape) for shape in ((2, 3), (3, 2))]  # int64 ends at 9.2e18
    return [{"A": A, "B": B} for A, B in (bytes_, unsigned, large, mixed, huge)]


@calls(PRODUCTS, seeds=2, tolerance=T32, kind="edge")
def TwoTypes(rng):
    "One factor in float32, the other in float64 or whole numbers"
    A, B = rng.normal(size=(2, 3)).astype(np.float32), rng.normal(size=(3, 4))
    whole = rng.integers(-9, 9, (4, 3)).astype(np.int8)
    return [{"A": A, "B": B}, {"A": B.T, "B": A.T}, {"A": whole, "B": A.T}]


@calls(PRODUCTS, truth=exact, seeds=2, tolerance=Tolerance(1e-9, 1e-30), kind="edge")
def TinyNumbers(rng):
    "Products far below a billionth, which are numbers all the same"
    return {"A": rng.normal(size=(3, 5)) * 1e-9, "B": rng.normal(size=(5, 2)) * 1e-7}


@calls(PRODUCTS, truth=exact, through=with_gaps, seeds=2, kind="edge")
def Views(rng):
    "Transposed arrays and views with gaps"
    return {"A": rng.normal(size=(5, 3)), "B": rng.normal(size=(10, 8))}


def singles(rng, size):
    return rng.normal(size=size).astype(np.float32)


@calls(PRODUCTS, truth=exact, seeds=2, tolerance=T32)
def SinglePrecision(rng):
    "float32 in, float32 out"
    sizes = (((4, 6), (6, 3)), ((2, 0), (0, 3)))  # and no shared numbers
    return [{"A": singles(rng, left), "B": singles(rng, right)} for left, right in sizes]


@calls(PRODUCTS, truth=exact, seeds=2, tolerance=T16)
def HalfPrecision(rng):
    "float16 in, float16 out, also beside small whole numbers"
    A, B = (rng.normal(size=size).astype(np.float16) for size in ((3, 4), (4, 5)))
    return [{"A": A, "B": B}, {"A": rng.integers(-9, 9, (2, 4)).astype(np.int8), "B": B}]


@calls(
    {3: "matmul_vec"},
    truth=by_library,
    baseline=by_three_loops,
    points=2,
    seeds=2,
    times_faster=50,
    seconds=20,
)
def VecIsFast(rng):
    "Products of 120 by 120 arrays, at least 50 times faster than three loops"
    return [{"A": rng.normal(size=(120, 120)), "B": rng.normal(size=(120, 120))} for _ in range(3)]
