"""task: 1, 3

Your block normalises with the statistics of the batch in evaluation mode too. Call bn1 and bn2 as modules:
they know the mode that they are in.
"""

import copy

import torch
import torch.nn.functional as F
from torch import nn


def by_batch(bn, x):
    return F.batch_norm(x, bn.running_mean, bn.running_var, bn.weight, bn.bias, training=True, momentum=0.1)


class ResBlock(nn.Module):
    def __init__(self, C_in, C_out, stride=1, shortcut=True):
        super().__init__()
        self.shortcut, self.project = shortcut, None
        self.conv1 = nn.Conv2d(C_in, C_out, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(C_out)
        self.conv2 = nn.Conv2d(C_out, C_out, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(C_out)
        if shortcut and (stride != 1 or C_in != C_out):
            self.project = nn.Conv2d(C_in, C_out, 1, stride=stride, bias=False)

    def forward(self, x):
        h = by_batch(self.bn2, self.conv2(torch.relu(by_batch(self.bn1, self.conv1(x)))))
        if self.shortcut:
            h = h + (x if self.project is None else self.project(x))
        return torch.relu(h)


def grad_norms(net, x, y):
    twin = copy.deepcopy(net).train()
    weights = [part.weight for part in twin.modules() if isinstance(part, nn.Conv2d | nn.Linear)]
    return [g.norm().item() for g in torch.autograd.grad(F.cross_entropy(twin(x), y), weights)]


class DeepNet(nn.Module):
    def __init__(self, blocks, width, classes, shortcut=True):
        super().__init__()
        self.stem = nn.Conv2d(1, width, 3, stride=2, padding=1)
        self.blocks = nn.Sequential(*[ResBlock(width, width, 1, shortcut) for _ in range(blocks)])
        self.fc = nn.Linear(width, classes)

    def forward(self, x):
        return self.fc(self.blocks(torch.relu(self.stem(x))).mean(dim=(2, 3)))


def train_and_watch(net, X, y, batches, lr):
    net.train()
    optimizer = torch.optim.SGD(net.parameters(), lr=lr, momentum=0.9)
    history = []
    for rows in batches:
        norms = grad_norms(net, X[rows], y[rows])
        loss = F.cross_entropy(net(X[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        history.append((loss.item(), norms[0], norms[-1]))
    return history
