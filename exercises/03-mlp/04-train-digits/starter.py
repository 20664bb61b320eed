import numpy as np


# Task 1
def split(X, y, order, n_test):
    """-> (X_train, y_train, X_test, y_test), standardised with the training rows' numbers."""
    ...


# Task 2
def step(params, xb, yb, lr):
    """One step of gradient descent on one batch -> (new_params, loss before the step)."""
    ...


# Task 3
def train(X, y, params, batches, lr, epochs):
    """batches: list of arrays of row numbers -> params after epochs * len(batches) steps."""
    ...


def predict(params, X):
    """-> (N,) integers, the class with the largest logit."""
    ...
