"""Squares with the power operator and scales the slope of the inner square step by step."""

import numpy as np


def mse(pred, y):
    if np.shape(pred) != np.shape(y):
        raise ValueError("pred and y must have the same shape")
    error = np.subtract(pred, y)
    loss = np.sum(error**2) / len(error)
    dpred = np.empty_like(error)
    dpred[:] = error
    dpred *= 2
    dpred /= len(error)
    return loss, dpred
