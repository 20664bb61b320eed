"""LeNet for 8 by 8 pixels, an epoch of training, predictions, and the loop with its honest score."""

import torch
import torch.nn.functional as F
from torch import nn
from tracker import log


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 3, padding=1)
        self.conv2 = nn.Conv2d(6, 16, 3, padding=1)
        self.fc1 = nn.Linear(64, 32)
        self.fc2 = nn.Linear(32, 10)

    def forward(self, x):
        x = F.max_pool2d(torch.relu(self.conv1(x)), 2)
        x = F.max_pool2d(torch.relu(self.conv2(x)), 2)
        h = torch.relu(self.fc1(x.flatten(1)))
        return self.fc2(h)


def train_epoch(model, optimizer, X, y, batches):
    model.train()
    losses = []
    for rows in batches:
        loss = F.cross_entropy(model(X[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return sum(losses) / len(losses)


def predict(model, X):
    modes = [(part, part.training) for part in model.modules()]
    model.eval()
    with torch.no_grad():
        classes = model(X).argmax(dim=1)
    for part, mode in modes:
        part.training = mode
    return classes


def fit(model, X, y, X_test, y_test, batches, epochs, lr, momentum):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=momentum)
    history = []
    for epoch in range(epochs):
        loss = train_epoch(model, optimizer, X, y, batches)
        score = (predict(model, X_test) == y_test).double().mean().item()
        log(epoch, loss=loss, accuracy=score)
        history.append((loss, score))
    return history
