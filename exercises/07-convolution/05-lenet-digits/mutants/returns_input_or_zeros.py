"""task: 1, 2, 3

Your functions hand their inputs back, or zeros. Start with the four layers of Task 1 and follow the shapes
of the table.
"""

import torch
from torch import nn


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 6, 3, padding=1), nn.Conv2d(6, 16, 3, padding=1)
        self.fc1, self.fc2 = nn.Linear(64, 32), nn.Linear(32, 10)

    def forward(self, x):
        return 0 * self.fc2.bias + torch.zeros(len(x), 10, dtype=x.dtype)


def train_epoch(model, optimizer, X, y, batches):
    return 0.0


def predict(model, X):
    return torch.zeros(len(X), dtype=torch.int64)


def fit(model, X, y, X_test, y_test, batches, epochs, lr, momentum):
    return [(0.0, 0.0)] * epochs
