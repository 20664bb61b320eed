"""Copies the parameters once and then moves the copy in place, gradient by gradient."""

import numpy as np


def split(X, y, order, n_test):
    Xs, ys = X[order], y[order]
    Xtr, Xte = Xs[n_test:], Xs[:n_test]
    mu, sd = Xtr.mean(0, keepdims=True), Xtr.std(0, keepdims=True)
    sd[sd == 0] = 1
    return (Xtr - mu) / sd, ys[n_test:], (Xte - mu) / sd, ys[:n_test]


def step(params, xb, yb, lr):
    new = {k: v.copy() for k, v in params.items()}
    return new, _move(new, xb, yb, lr)


def _move(p, xb, yb, lr):
    n = xb.shape[0]
    pre = xb.dot(p["W1"]) + p["b1"]
    act = pre * (pre > 0)
    logits = act.dot(p["W2"]) + p["b2"]
    logits = logits - logits.max(1)[:, None]
    logsum = np.log(np.exp(logits).sum(1))
    loss = (logsum - logits[np.arange(n), yb]).sum() / n
    delta = np.exp(logits - logsum[:, None])
    delta[np.arange(n), yb] -= 1.0
    delta *= 1.0 / n
    below = delta.dot(p["W2"].T)
    below[pre <= 0] = 0.0
    p["W2"] -= lr * act.T.dot(delta)
    p["b2"] -= lr * delta.sum(0)
    p["W1"] -= lr * xb.T.dot(below)
    p["b1"] -= lr * below.sum(0)
    return loss


def train(X, y, params, batches, lr, epochs):
    new = {k: v.copy() for k, v in params.items()}
    for _ in range(epochs):
        for rows in batches:
            _move(new, X[rows], y[rows], lr)
    return new


def predict(params, X):
    scores = np.maximum(0, X.dot(params["W1"]) + params["b1"]).dot(params["W2"]) + params["b2"]
    return np.array([int(np.argmax(row)) for row in scores])
