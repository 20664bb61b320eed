import numpy as np


def bce(z, y):
    """Binary cross-entropy of the scores z [N] for the answers y [N], each 0 or 1.

    Returns (loss, dz): a number, and an array [N] with the slope for each score.
    """
    ...


def train(X, y, lr, steps):
    """Logistic regression by full-batch gradient descent from zeros. X: [N, D], y: [N].

    Returns (w [D], b): an array and a number.
    """
    ...
