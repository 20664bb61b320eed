import numpy as np


def running_mean(x, k):
    """The mean of each window of k numbers of x, an array of n - k + 1."""
    ...
