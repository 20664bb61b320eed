"""Treats scores above and below zero separately, each with the exponential that cannot overflow."""

import numpy as np


def _sigmoid(z):
    p = np.empty_like(z)
    up = z > 0
    p[up] = 1 / (1 + np.exp(-z[up]))
    grown = np.exp(z[~up])
    p[~up] = grown / (1 + grown)
    return p


def bce(z, y):
    margin = np.where(y > 0.5, z, -z)
    safe = np.log1p(np.exp(-np.abs(margin))) + np.where(margin < 0, -margin, 0)
    return float(safe.sum()) / len(z), (_sigmoid(z) - y) / len(z)


def train(X, y, lr, steps):
    n, d = X.shape
    w, b = np.zeros(d), 0.0
    for _ in range(steps):
        surprise = _sigmoid(X @ w + b) - y
        w -= lr / n * (X.T @ surprise)
        b -= lr / n * surprise.sum()
    return w, b
