"""task: 1

Your distances lose their digits far from the origin: |p|² + |q|² - 2 p·q subtracts huge numbers
that are almost equal. Take the mean of the points away first; that changes no distance.
"""

import numpy as np


def pairwise(P, Q):
    """Centre, then |p - q|^2 = |p|^2 + |q|^2 - 2 p.q with one matrix product."""
    squares = (P * P).sum(axis=1)[:, None] + (Q * Q).sum(axis=1)
    squares -= 2 * (P @ Q.T)
    np.maximum(squares, 0, out=squares)
    return np.sqrt(squares, out=squares)
