"""Moves all points near the origin and gets every squared distance from one matrix product."""

import numpy as np


def pairwise(P, Q):
    """Centre, then |p - q|^2 = |p|^2 + |q|^2 - 2 p.q with one matrix product, in float64."""
    dtype = np.result_type(P, Q)
    P, Q = P.astype(np.float64), Q.astype(np.float64)
    centre = Q.mean(axis=0)
    P = P - centre
    Q = Q - centre
    squares = (P * P).sum(axis=1)[:, None] + (Q * Q).sum(axis=1)
    squares -= 2 * (P @ Q.T)
    np.maximum(squares, 0, out=squares)
    return np.sqrt(squares, out=squares).astype(dtype, copy=False)
