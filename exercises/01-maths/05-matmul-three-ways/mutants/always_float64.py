"""task: 1, 2, 3

You return float64 whatever comes in. Two float32 arrays give a float32 product: networks live in
float32, and a result of twice the size would spread through all of it.
"""

import numpy as np


def _as_floats(A, B):
    return A.astype(np.float64), B.astype(np.float64)


def matmul_loops(A, B):
    A, B = _as_floats(A, B)
    C = np.zeros((A.shape[0], B.shape[1]), dtype=A.dtype)
    for i in range(A.shape[0]):
        for j in range(B.shape[1]):
            for p in range(A.shape[1]):
                C[i, j] += A[i, p] * B[p, j]
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
