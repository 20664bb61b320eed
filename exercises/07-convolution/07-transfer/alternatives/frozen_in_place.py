"""A wrapper keeps the body still; one step is a function; the scores are collected in one loop."""

import copy

import torch
import torch.nn.functional as F
from torch import nn


class Still(nn.Module):
    """A module that never leaves evaluation mode."""

    def __init__(self, inner):
        super().__init__()
        for name, part in inner.named_children():
            self.add_module(name, part)
        self.inner = [inner]
        self.train()

    def train(self, mode=True):
        super().train(False)
        self.inner[0].train(False)
        return self

    def __getitem__(self, place):
        return self.inner[0][place]

    def __deepcopy__(self, memo):
        return Still(copy.deepcopy(self.inner[0]))

    def forward(self, x):
        return self.inner[0](x)


class WithHead(nn.Module):
    def __init__(self, body, head):
        super().__init__()
        self.body, self.head = body, head

    def forward(self, x):
        return self.head(self.body(x))


def freeze_and_head(net, n_classes):
    body = Still(copy.deepcopy(net).body)
    for parameter in body.inner[0].parameters():
        parameter.requires_grad = False
        parameter.grad = None
    old = net.head.weight
    head = nn.Linear(old.shape[1], n_classes, dtype=old.dtype)
    return WithHead(body, head), [head.weight, head.bias]


def one_step(net, optimizer, x, y):
    net.train()
    optimizer.zero_grad(set_to_none=False)
    loss = nn.CrossEntropyLoss()(net(x), y)
    loss.backward()
    optimizer.step()
    return float(loss.detach())


def fine_tune(net, trainable, X, y, batches, lr, weight_decay):
    sgd = torch.optim.SGD([{"params": list(trainable)}], lr, 0.9, weight_decay=weight_decay)
    return [one_step(net, sgd, X[rows], y[rows]) for rows in batches]


def steps_to(net, trainable, X, y, X_test, y_test, batches, lr, target):
    sgd, scores = torch.optim.SGD(trainable, lr, 0.9), []
    for taken in range(len(batches) + 1):
        if taken:
            rows = batches[taken - 1]
            one_step(net, sgd, X[rows], y[rows])
        net.train(False)
        with torch.inference_mode():
            wrong = int((net(X_test).argmax(-1) != y_test).sum())
        scores.append((len(y_test) - wrong) / len(y_test))
        if scores[-1] >= target:
            return taken, scores
    return None, scores
