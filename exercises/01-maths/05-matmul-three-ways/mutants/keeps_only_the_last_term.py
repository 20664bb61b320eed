"""task: 1

You overwrite the sum at every step, so only the last product survives. Add each product to what is
there already: += and not =.
"""

import numpy as np


def _as_floats(A, B):
    dtype = np.result_type(A, B)
    if not np.issubdtype(dtype, np.floating):
        dtype = np.float64
    return A.astype(dtype), B.astype(dtype)


def matmul_loops(A, B):
    A, B = _as_floats(A, B)
    C = np.zeros((A.shape[0], B.shape[1]), dtype=A.dtype)
    for i in range(A.shape[0]):
        for j in range(B.shape[1]):
            for p in range(A.shape[1]):
                C[i, j] = A[i, p] * B[p, j]
    return C


def matmul_rows(A, B):
    A, B = _as_floats(A, B)
    C = np.empty((A.shape[0], B.shape[1]), dtype=A.dtype)
    for i in range(A.shape[0]):
        C[i] = (A[i][:, None] * B).sum(axis=0)
    return C


def matmul_vec(A, B):
    A, B = _as_floats(A, B)
    return A @ B
