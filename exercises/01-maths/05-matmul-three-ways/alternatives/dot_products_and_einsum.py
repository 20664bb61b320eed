"""Dot products of a row with a column, rows added up one at a time, and einsum for the whole."""

import numpy as np


def _dtype(A, B):
    common = np.result_type(A, B)
    return common if common.kind == "f" else np.dtype(np.float64)


def matmul_loops(A, B):
    dtype = _dtype(A, B)
    m, k = A.shape
    n = B.shape[1]
    rows = A.astype(dtype).tolist()
    columns = B.astype(dtype).T.tolist()
    C = np.zeros((m, n), dtype=dtype)
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            total = 0.0
            for a, b in zip(row, column):
                total += a * b
            C[i, j] = total
    return C


def matmul_rows(A, B):
    dtype = _dtype(A, B)
    B = B.astype(dtype)
    return np.array([row @ B for row in A.astype(dtype)], dtype=dtype).reshape(len(A), B.shape[1])


def matmul_vec(A, B):
    dtype = _dtype(A, B)
    return np.einsum("ip,pj->ij", A.astype(dtype), B.astype(dtype))
