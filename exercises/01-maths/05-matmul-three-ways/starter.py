import numpy as np


def matmul_loops(A, B):
    """The product of A [m, k] and B [k, n], number by number. Returns [m, n]."""
    ...


def matmul_rows(A, B):
    """The product of A [m, k] and B [k, n], one row of the result at a time. Returns [m, n]."""
    ...


def matmul_vec(A, B):
    """The product of A [m, k] and B [k, n], without a Python loop. Returns [m, n]."""
    ...
