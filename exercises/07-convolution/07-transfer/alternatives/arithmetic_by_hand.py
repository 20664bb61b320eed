"""The body's train is replaced by one that does nothing; momentum, decay and the loss are written out."""

import copy

import torch
from torch import nn


class Head(nn.Module):
    """A net around a body: in training mode itself, while its body is always asked in evaluation mode."""

    def __init__(self, body, head):
        super().__init__()
        self.body = body
        self.head = head

    def train(self, mode=True):
        self.training = mode
        self.head.train(mode)
        for part in self.body.modules():
            part.training = False
        return self

    def forward(self, x):
        return self.body(x) @ self.head.weight.T + self.head.bias


def freeze_and_head(net, n_classes):
    body = copy.deepcopy(net.body)
    for parameter in body.parameters():
        parameter.requires_grad_(False)
    head = nn.Linear(net.head.in_features, n_classes)
    head.type(net.head.weight.dtype)
    new = Head(body, head)
    return new.train(), [parameter for parameter in new.parameters() if parameter.requires_grad]


def stepped(net, trainable, velocities, x, y, lr, decay):
    net.train()
    z = net(x)
    loss = (torch.logsumexp(z, dim=1) - z[torch.arange(len(y)), y]).mean()
    grads = torch.autograd.grad(loss, trainable)
    with torch.no_grad():
        for parameter, velocity, grad in zip(trainable, velocities, grads, strict=True):
            velocity.mul_(0.9).add_(grad + decay * parameter)
            parameter.sub_(lr * velocity)
    return loss.item()


def fine_tune(net, trainable, X, y, batches, lr, weight_decay):
    velocities = [torch.zeros_like(parameter) for parameter in trainable]
    return [stepped(net, trainable, velocities, X[rows], y[rows], lr, weight_decay) for rows in batches]


def right(net, X, y):
    with torch.no_grad():
        guesses = net.eval()(X).max(dim=1).indices
    return torch.count_nonzero(guesses == y).item() / len(y)


def steps_to(net, trainable, X, y, X_test, y_test, batches, lr, target):
    velocities = [torch.zeros_like(parameter) for parameter in trainable]
    scores, left = [right(net, X_test, y_test)], list(batches)
    while scores[-1] < target and left:
        rows = left.pop(0)
        stepped(net, trainable, velocities, X[rows], y[rows], lr, 0.0)
        scores.append(right(net, X_test, y_test))
    return (len(scores) - 1 if scores[-1] >= target else None), scores
