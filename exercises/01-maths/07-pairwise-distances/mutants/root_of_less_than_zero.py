"""task: 1

For equal points your formula gives a number a hair below 0 now and then, and its root is NaN. Cut
off below 0 before you take the root.
"""

import numpy as np


def pairwise(P, Q):
    """Centre, then |p - q|^2 = |p|^2 + |q|^2 - 2 p.q with one matrix product."""
    centre = Q.mean(axis=0)
    P = P - centre
    Q = Q - centre
    squares = (P * P).sum(axis=1)[:, None] + (Q * Q).sum(axis=1)
    squares -= 2 * (P @ Q.T)
    return np.sqrt(squares, out=squares)
