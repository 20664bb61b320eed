"""Fills the result in another order: every loop adds one term to all places where it belongs."""

import numpy as np


def matmul_loops(A, B):
    dtype = np.result_type(A, B) if np.result_type(A, B).kind == "f" else np.float64
    m, k = A.shape
    n = B.shape[1]
    A, B = np.asarray(A, dtype), np.asarray(B, dtype)
    C = np.zeros((m, n), dtype)
    for p in range(k):
        for i in range(m):
            for j in range(n):
                C[i, j] = C[i, j] + A[i, p] * B[p, j]
    return C


def matmul_rows(A, B):
    dtype = np.result_type(A, B) if np.result_type(A, B).kind == "f" else np.float64
    A, B = np.asarray(A, dtype), np.asarray(B, dtype)
    C = np.zeros((A.shape[0], B.shape[1]), dtype)
    for row, weights in zip(C, A):
        row += np.einsum("p,pj->j", weights, B)
    return C


def matmul_vec(A, B):
    dtype = np.result_type(A, B) if np.result_type(A, B).kind == "f" else np.float64
    return (B.T.astype(dtype) @ A.T.astype(dtype)).T
