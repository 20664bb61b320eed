"""What the three products are asked: shapes of all kinds, small types, views, float32, and speed."""

import numpy as np

from grader.language import T32, T64, probe


def exact(A, B):
    """The product in extended precision (18 digits), rounded to the promised dtype at the end."""
    dtype = np.result_type(A, B)
    if dtype.kind != "f":
        dtype = np.dtype(np.float64)
    wide = A.astype(np.longdouble)[:, :, None] * B.astype(np.longdouble)[None, :, :]
    return wide.sum(axis=1).astype(dtype)


def by_three_loops(A, B):
    """The slow way that the speed of `matmul_vec` is measured against."""
    C = np.zeros((A.shape[0], B.shape[1]))
    for i in range(A.shape[0]):
        for j in range(B.shape[1]):
            for p in range(A.shape[1]):
                C[i, j] += A[i, p] * B[p, j]
    return C


@probe(task=1, points=1, visible=True, seeds=2, tolerance=T64)
class LoopsSmall:
    "A 2 by 3 array times a 3 by 4 array"

    def make(rng):
        return {"A": rng.integers(-4, 5, (2, 3)) * 0.5, "B": rng.integers(-4, 5, (3, 4)) * 0.5}

    def ask(answer, inputs):
        return answer.matmul_loops(inputs["A"], inputs["B"])

    def truth(inputs):
        return exact(inputs["A"], inputs["B"])


@probe(task=1, points=2, seeds=3, tolerance=T64)
class LoopsManyShapes:
    "Long, flat, single rows, single columns, and no shared numbers at all"

    def make(rng):
        shapes = [(3, 5, 7), (7, 2, 3), (4, 4, 4), (1, 6, 5), (5, 6, 1), (1, 9, 1), (4, 1, 3), (3, 0, 2)]
        return {"pairs": [[rng.normal(size=(m, k)), rng.normal(size=(k, n))] for m, k, n in shapes]}

    def ask(answer, inputs):
        return [answer.matmul_loops(A, B) for A, B in inputs["pairs"]]

    def truth(inputs):
        return [exact(A, B) for A, B in inputs["pairs"]]


@probe(task=1, points=1, seeds=3, tolerance=T64, kind="edge")
class LoopsWholeNumbers:
    "Whole numbers in small types, and whole numbers with fractions"

    def make(rng):
        small = rng.integers(60, 120, (3, 5)).astype(np.int8), rng.integers(60, 120, (5, 2)).astype(np.int8)
        large = (
            rng.integers(40_000, 90_000, (2, 3)).astype(np.int32),
            rng.integers(40_000, 90_000, (3, 4)).astype(np.int32),
        )
        mixed = rng.integers(-9, 9, (4, 3)), rng.normal(size=(3, 2))
        return {"pairs": [list(pair) for pair in (small, large, mixed)]}

    def ask(answer, inputs):
        return [answer.matmul_loops(A, B) for A, B in inputs["pairs"]]

    def truth(inputs):
        return [exact(A, B) for A, B in inputs["pairs"]]


@probe(task=1, points=1, seeds=2, tolerance=T64, kind="edge")
class LoopsViews:
    "Transposed arrays and views with gaps"

    def make(rng):
        return {"A": rng.normal(size=(5, 3)), "B": rng.normal(size=(10, 8))}

    def ask(answer, inputs):
        return answer.matmul_loops(inputs["A"].T, inputs["B"][::2, ::-2])

    def truth(inputs):
        return exact(inputs["A"].T, inputs["B"][::2, ::-2])


@probe(task=1, points=1, seeds=2, tolerance=T32)
class LoopsSinglePrecision:
    "float32 in, float32 out"

    def make(rng):
        return {
            "A": rng.normal(size=(4, 6)).astype(np.float32),
            "B": rng.normal(size=(6, 3)).astype(np.float32),
        }

    def ask(answer, inputs):
        return answer.matmul_loops(inputs["A"], inputs["B"])

    def truth(inputs):
        return exact(inputs["A"], inputs["B"])


@probe(task=2, points=1, visible=True, seeds=2, tolerance=T64)
class RowsSmall:
    "A 2 by 3 array times a 3 by 4 array"

    def make(rng):
        return {"A": rng.integers(-4, 5, (2, 3)) * 0.5, "B": rng.integers(-4, 5, (3, 4)) * 0.5}

    def ask(answer, inputs):
        return answer.matmul_rows(inputs["A"], inputs["B"])

    def truth(inputs):
        return exact(inputs["A"], inputs["B"])


@probe(task=2, points=2, seeds=3, tolerance=T64)
class RowsManyShapes:
    "Long, flat, single rows, single columns, and no shared numbers at all"

    def make(rng):
        shapes = [(3, 5, 7), (7, 2, 3), (4, 4, 4), (1, 6, 5), (5, 6, 1), (1, 9, 1), (4, 1, 3), (3, 0, 2)]
        return {"pairs": [[rng.normal(size=(m, k)), rng.normal(size=(k, n))] for m, k, n in shapes]}

    def ask(answer, inputs):
        return [answer.matmul_rows(A, B) for A, B in inputs["pairs"]]

    def truth(inputs):
        return [exact(A, B) for A, B in inputs["pairs"]]


@probe(task=2, points=1, seeds=3, tolerance=T64, kind="edge")
class RowsWholeNumbers:
    "Whole numbers in small types, and whole numbers with fractions"

    def make(rng):
        small = rng.integers(60, 120, (3, 5)).astype(np.int8), rng.integers(60, 120, (5, 2)).astype(np.int8)
        large = (
            rng.integers(40_000, 90_000, (2, 3)).astype(np.int32),
            rng.integers(40_000, 90_000, (3, 4)).astype(np.int32),
        )
        mixed = rng.integers(-9, 9, (4, 3)), rng.normal(size=(3, 2))
        return {"pairs": [list(pair) for pair in (small, large, mixed)]}

    def ask(answer, inputs):
        return [answer.matmul_rows(A, B) for A, B in inputs["pairs"]]

    def truth(inputs):
        return [exact(A, B) for A, B in inputs["pairs"]]


@probe(task=2, points=1, seeds=2, tolerance=T64, kind="edge")
class RowsViews:
    "Transposed arrays and views with gaps"

    def make(rng):
        return {"A": rng.normal(size=(5, 3)), "B": rng.normal(size=(10, 8))}

    def ask(answer, inputs):
        return answer.matmul_rows(inputs["A"].T, inputs["B"][::2, ::-2])

    def truth(inputs):
        return exact(inputs["A"].T, inputs["B"][::2, ::-2])


@probe(task=2, points=1, seeds=2, tolerance=T32)
class RowsSinglePrecision:
    "float32 in, float32 out"

    def make(rng):
        return {
            "A": rng.normal(size=(4, 6)).astype(np.float32),
            "B": rng.normal(size=(6, 3)).astype(np.float32),
        }

    def ask(answer, inputs):
        return answer.matmul_rows(inputs["A"], inputs["B"])

    def truth(inputs):
        return exact(inputs["A"], inputs["B"])


@probe(task=3, points=1, visible=True, seeds=2, tolerance=T64)
class VecSmall:
    "A 2 by 3 array times a 3 by 4 array"

    def make(rng):
        return {"A": rng.integers(-4, 5, (2, 3)) * 0.5, "B": rng.integers(-4, 5, (3, 4)) * 0.5}

    def ask(answer, inputs):
        return answer.matmul_vec(inputs["A"], inputs["B"])

    def truth(inputs):
        return exact(inputs["A"], inputs["B"])


@probe(task=3, points=2, seeds=3, tolerance=T64)
class VecManyShapes:
    "Long, flat, single rows, single columns, and no shared numbers at all"

    def make(rng):
        shapes = [(3, 5, 7), (7, 2, 3), (4, 4, 4), (1, 6, 5), (5, 6, 1), (1, 9, 1), (4, 1, 3), (3, 0, 2)]
        return {"pairs": [[rng.normal(size=(m, k)), rng.normal(size=(k, n))] for m, k, n in shapes]}

    def ask(answer, inputs):
        return [answer.matmul_vec(A, B) for A, B in inputs["pairs"]]

    def truth(inputs):
        return [exact(A, B) for A, B in inputs["pairs"]]


@probe(task=3, points=1, seeds=3, tolerance=T64, kind="edge")
class VecWholeNumbers:
    "Whole numbers in small types, and whole numbers with fractions"

    def make(rng):
        small = rng.integers(60, 120, (3, 5)).astype(np.int8), rng.integers(60, 120, (5, 2)).astype(np.int8)
        large = (
            rng.integers(40_000, 90_000, (2, 3)).astype(np.int32),
            rng.integers(40_000, 90_000, (3, 4)).astype(np.int32),
        )
        mixed = rng.integers(-9, 9, (4, 3)), rng.normal(size=(3, 2))
        return {"pairs": [list(pair) for pair in (small, large, mixed)]}

    def ask(answer, inputs):
        return [answer.matmul_vec(A, B) for A, B in inputs["pairs"]]

    def truth(inputs):
        return [exact(A, B) for A, B in inputs["pairs"]]


@probe(task=3, points=1, seeds=2, tolerance=T64, kind="edge")
class VecViews:
    "Transposed arrays and views with gaps"

    def make(rng):
        return {"A": rng.normal(size=(5, 3)), "B": rng.normal(size=(10, 8))}

    def ask(answer, inputs):
        return answer.matmul_vec(inputs["A"].T, inputs["B"][::2, ::-2])

    def truth(inputs):
        return exact(inputs["A"].T, inputs["B"][::2, ::-2])


@probe(task=3, points=1, seeds=2, tolerance=T32)
class VecSinglePrecision:
    "float32 in, float32 out"

    def make(rng):
        return {
            "A": rng.normal(size=(4, 6)).astype(np.float32),
            "B": rng.normal(size=(6, 3)).astype(np.float32),
        }

    def ask(answer, inputs):
        return answer.matmul_vec(inputs["A"], inputs["B"])

    def truth(inputs):
        return exact(inputs["A"], inputs["B"])


@probe(task=3, points=2, seeds=2, tolerance=T64, times_faster=50, seconds=20)
class VecIsFast:
    "Products of 120 by 120 arrays, at least 50 times faster than three loops"

    def make(rng):
        return {"pairs": [[rng.normal(size=(120, 120)), rng.normal(size=(120, 120))] for _ in range(3)]}

    def ask(answer, inputs):
        return [answer.matmul_vec(A, B) for A, B in inputs["pairs"]]

    def truth(inputs):
        return [A @ B for A, B in inputs["pairs"]]

    def baseline(inputs):
        return [by_three_loops(A, B) for A, B in inputs["pairs"]]
