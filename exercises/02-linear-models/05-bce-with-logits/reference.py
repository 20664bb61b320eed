import numpy as np


def bce(z, y):
    e = np.exp(-np.abs(z))
    loss = (np.maximum(z, 0) - z * y + np.log1p(e)).mean()
    p = np.where(z >= 0, 1, e) / (1 + e)
    return loss, (p - y) / len(z)


def train(X, y, lr, steps):
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(steps):
        dz = bce(X @ w + b, y)[1]
        w = w - lr * (X.T @ dz)
        b = b - lr * dz.sum()
    return w, b
