"""task: static

You let torch compute the loss. The formula is one line, once it is written for scores.
"""

import torch


def bce(z, y):
    t = torch.tensor(z, requires_grad=True)
    loss = torch.nn.functional.binary_cross_entropy_with_logits(t, torch.tensor(y))
    loss.backward()
    return loss.item(), t.grad.numpy()


def train(X, y, lr, steps):
    w, b = torch.zeros(X.shape[1]).numpy(), 0.0
    for _ in range(steps):
        dz = bce(X @ w + b, y)[1]
        w, b = w - lr * (X.T @ dz), b - lr * dz.sum()
    return w, b
