"""Layers without parameters are modules too; the loss is an object; the score counts mistakes."""

import torch
from torch import nn
from tracker import log


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.relu, self.pool, self.flat = nn.ReLU(), nn.MaxPool2d(2, 2), nn.Flatten()
        self.fc2 = nn.Linear(32, 10)
        self.fc1 = nn.Linear(16 * 2 * 2, 32)
        self.conv2 = nn.Conv2d(6, 16, kernel_size=(3, 3), padding="same")
        self.conv1 = nn.Conv2d(1, 6, kernel_size=(3, 3), padding="same")

    def forward(self, x):
        for conv in (self.conv1, self.conv2):
            x = self.relu(self.pool(conv(x)))
        return self.fc2(self.relu(self.fc1(self.flat(x))))


def train_epoch(model, optimizer, X, y, batches):
    criterion, total = nn.CrossEntropyLoss(), 0.0
    model.train(True)
    for rows in batches:
        optimizer.zero_grad(set_to_none=False)
        loss = criterion(model(X.index_select(0, rows)), y.index_select(0, rows))
        total += float(loss.detach())
        loss.backward()
        optimizer.step()
    return total / len(batches)


@torch.inference_mode()
def predict(model, X):
    training = {part for part in model.modules() if part.training}
    classes = torch.argmax(model.eval()(X), -1)
    for part in model.modules():
        part.training = part in training
    return classes.clone()


def fit(model, X, y, X_test, y_test, batches, epochs, lr, momentum):
    sgd, history = torch.optim.SGD(list(model.parameters()), lr, momentum), []
    while len(history) < epochs:
        loss = train_epoch(model, sgd, X, y, batches)
        wrong = int((predict(model, X_test) != y_test).sum())
        history.append((loss, (len(y_test) - wrong) / len(y_test)))
        log(len(history) - 1, loss=loss, accuracy=history[-1][1])
    return history
