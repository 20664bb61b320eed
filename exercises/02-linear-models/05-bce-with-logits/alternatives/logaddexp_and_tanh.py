"""The loss through numpy's logaddexp, the sigmoid through tanh, and a bias kept as the last weight."""

import numpy as np


def bce(z, y):
    loss = np.mean(np.where(y == 1, np.logaddexp(0, -z), np.logaddexp(0, z)))
    p = (1 + np.tanh(z / 2)) / 2
    return loss, (p - y) / z.size


def train(X, y, lr, steps):
    wide = np.hstack([X, np.ones((len(X), 1))])
    theta = np.zeros(wide.shape[1])
    for _ in range(steps):
        theta -= lr * (bce(wide @ theta, y)[1] @ wide)
    return theta[:-1].copy(), theta[-1]
