"""Given: the network whose weights are to be chosen."""

import numpy as np


def network(weights, X):
    """X: (N, number of inputs) -> (N,) outputs."""
    hidden = np.maximum(X @ np.asarray(weights["W1"]) + np.asarray(weights["b1"]), 0)
    return hidden @ np.asarray(weights["w2"]) + weights["b2"]
