"""task: 1, 2, 3

You pair rows of A with rows of B. The formula runs along a row of A and down a column of B; with
the transpose, the inner sizes only fit by luck.
"""

import numpy as np


def _as_floats(A, B):
    dtype = np.result_type(A, B)
    if not np.issubdtype(dtype, np.floating):
        dtype = np.float64
    return A.astype(dtype), B.astype(dtype)


def matmul_loops(A, B):
    A, B = _as_floats(A, B)
    C = np.zeros((A.shape[0], B.shape[0]), dtype=A.dtype)
    for i in range(A.shape[0]):
        for j in range(B.shape[0]):
            for p in range(A.shape[1]):
                C[i, j] += A[i, p] * B[j, p]
    return C


def matmul_rows(A, B):
    A, B = _as_floats(A, B)
    C = np.empty((A.shape[0], B.shape[0]), dtype=A.dtype)
    for i in range(A.shape[0]):
        C[i] = (A[i] * B).sum(axis=1)
    return C


def matmul_vec(A, B):
    A, B = _as_floats(A, B)
    return A @ B.T
