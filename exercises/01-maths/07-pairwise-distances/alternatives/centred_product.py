"""Moves all points near the origin and gets every squared distance from one matrix product."""

import numpy as np


def pairwise(P, Q):
    """Centre, then |p - q|^2 = |p|^2 + |q|^2 - 2 p.q with one matrix product."""
    centre = Q.mean(axis=0)
    P = P - centre
    Q = Q - centre
    squares = (P * P).sum(axis=1)[:, None] + (Q * Q).sum(axis=1)
    squares -= 2 * (P @ Q.T)
    np.maximum(squares, 0, out=squares)
    return np.sqrt(squares, out=squares)
