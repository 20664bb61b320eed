"""Pooling by reshaping, relu by clamping, the loss by log-sum-exp, gradients cleared by hand."""

import torch
from torch import nn
from tracker import log


def halved(x):
    N, C, H, W = x.shape
    return x.reshape(N, C, H // 2, 2, W // 2, 2).amax(dim=5).amax(dim=3)


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 3, padding=1)
        self.conv2 = nn.Conv2d(6, 16, 3, padding=1)
        self.fc1 = nn.Linear(64, 32)
        self.fc2 = nn.Linear(32, 10)

    def forward(self, x):
        x = halved(self.conv1(x).clamp(min=0))
        x = halved(self.conv2(x).clamp(min=0))
        return self.fc2(self.fc1(x.reshape(x.shape[0], -1)).clamp(min=0))


def train_epoch(model, optimizer, X, y, batches):
    model.train()
    losses = []
    for rows in batches:
        for group in optimizer.param_groups:
            for parameter in group["params"]:
                parameter.grad = None
        z, right = model(X[rows]), y[rows]
        loss = (torch.logsumexp(z, dim=1) - z[torch.arange(len(right)), right]).mean()
        loss.backward()
        losses.append(loss.detach())
        optimizer.step()
    return float(torch.stack(losses).mean())


def predict(model, X):
    modes = {part: part.training for part in model.modules()}
    with torch.no_grad():
        z = model.eval()(X)
    for part, mode in modes.items():
        part.training = mode
    return z.max(dim=1).indices


def fit(model, X, y, X_test, y_test, batches, epochs, lr, momentum):
    optimizer = torch.optim.SGD([{"params": model.parameters(), "lr": lr}], momentum=momentum)
    history = [(0.0, 0.0)] * epochs
    for epoch in range(epochs):
        loss = train_epoch(model, optimizer, X, y, batches)
        score = float(torch.count_nonzero(predict(model, X_test) == y_test)) / y_test.numel()
        history[epoch] = (loss, score)
        log(epoch, loss=loss, accuracy=score)
    return history
