"""A frozen body under a new head, training of what may be trained, and steps until a score is reached."""

import copy

import torch
import torch.nn.functional as F
from torch import nn


class Transferred(nn.Module):
    """A body that stays in evaluation mode, and a head that learns."""

    def __init__(self, body, head):
        super().__init__()
        self.body = body
        self.head = head

    def train(self, mode=True):
        super().train(mode)
        self.body.eval()
        return self

    def forward(self, x):
        return self.head(self.body(x))


def freeze_and_head(net, n_classes):
    body = copy.deepcopy(net.body)
    body.requires_grad_(False)
    head = nn.Linear(net.head.in_features, n_classes).to(net.head.weight.dtype)
    new = Transferred(body, head).train()
    return new, list(head.parameters())


def fine_tune(net, trainable, X, y, batches, lr, weight_decay):
    net.train()
    optimizer = torch.optim.SGD(trainable, lr=lr, momentum=0.9, weight_decay=weight_decay)
    losses = []
    for rows in batches:
        loss = F.cross_entropy(net(X[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def score(net, X, y):
    net.eval()
    with torch.no_grad():
        right = net(X).argmax(dim=1) == y
    return right.double().mean().item()


def steps_to(net, trainable, X, y, X_test, y_test, batches, lr, target):
    optimizer = torch.optim.SGD(trainable, lr=lr, momentum=0.9)
    scores = [score(net, X_test, y_test)]
    for rows in batches:
        if scores[-1] >= target:
            break
        net.train()
        loss = F.cross_entropy(net(X[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scores.append(score(net, X_test, y_test))
    return (len(scores) - 1 if scores[-1] >= target else None), scores
