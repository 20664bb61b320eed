import numpy as np


def mse(pred, y):
    """Mean squared error of the predictions, and its slope for each of them.

    pred, y: arrays [n, 1].  Returns (loss, dpred): a number, and an array [n, 1].
    Raises ValueError if the shapes differ.
    """
    ...
