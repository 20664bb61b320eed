"""task: 1, 2, 3

Your functions hand their inputs back, or zeros. Start with the split: index with order, then
scale.
"""

import numpy as np


def split(X, y, order, n_test):
    return X[n_test:], y[n_test:], X[:n_test], y[:n_test]


def step(params, xb, yb, lr):
    return params, 0.0


def train(X, y, params, batches, lr, epochs):
    return params


def predict(params, X):
    return np.zeros(len(X), dtype=int)
