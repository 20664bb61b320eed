"""task: 1, 2, 3

You multiply in the type that came in. A small type such as int8 ends at 127, and beyond that it
wraps around to negative numbers without a word. Convert whole numbers to float64 before you
multiply.
"""

import numpy as np


def _as_floats(A, B):
    dtype = np.result_type(A, B)
    return A.astype(dtype), B.astype(dtype)


def matmul_loops(A, B):
    A, B = _as_floats(A, B)
    C = np.zeros((A.shape[0], B.shape[1]), dtype=A.dtype)
    for i in range(A.shape[0]):
        for j in range(B.shape[1]):
            for p in range(A.shape[1]):
                C[i, j] += A[i, p] * B[p, j]
    return C.astype(np.result_type(C, np.float32) if C.dtype.kind == "f" else np.float64)


def matmul_rows(A, B):
    A, B = _as_floats(A, B)
    C = np.empty((A.shape[0], B.shape[1]), dtype=A.dtype)
    for i in range(A.shape[0]):
        C[i] = (A[i][:, None] * B).sum(axis=0, dtype=A.dtype)
    return C.astype(C.dtype if C.dtype.kind == "f" else np.float64)


def matmul_vec(A, B):
    A, B = _as_floats(A, B)
    C = A @ B
    return C.astype(C.dtype if C.dtype.kind == "f" else np.float64)
