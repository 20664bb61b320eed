"""A residual block, an instrument for gradients, and a deep net that is watched while it trains."""

import copy

import torch
import torch.nn.functional as F
from torch import nn
from tracker import log


class ResBlock(nn.Module):
    def __init__(self, C_in, C_out, stride=1, shortcut=True):
        super().__init__()
        self.shortcut = shortcut
        self.conv1 = nn.Conv2d(C_in, C_out, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(C_out)
        self.conv2 = nn.Conv2d(C_out, C_out, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(C_out)
        self.project = None
        if shortcut and (stride != 1 or C_in != C_out):
            self.project = nn.Conv2d(C_in, C_out, 1, stride=stride, bias=False)

    def forward(self, x):
        h = torch.relu(self.bn1(self.conv1(x)))
        h = self.bn2(self.conv2(h))
        if self.shortcut:
            around = x if self.project is None else self.project(x)
            h = h + around
        return torch.relu(h)


def grad_norms(net, x, y):
    twin = copy.deepcopy(net).train()
    weights = [part.weight for part in twin.modules() if isinstance(part, nn.Conv2d | nn.Linear)]
    loss = F.cross_entropy(twin(x), y)
    return [gradient.norm().item() for gradient in torch.autograd.grad(loss, weights)]


class DeepNet(nn.Module):
    def __init__(self, blocks, width, classes, shortcut=True):
        super().__init__()
        self.stem = nn.Conv2d(1, width, 3, stride=2, padding=1)
        self.blocks = nn.Sequential(*[ResBlock(width, width, 1, shortcut) for _ in range(blocks)])
        self.fc = nn.Linear(width, classes)

    def forward(self, x):
        x = self.blocks(torch.relu(self.stem(x)))
        return self.fc(x.mean(dim=(2, 3)))


def train_and_watch(net, X, y, batches, lr):
    net.train()
    optimizer = torch.optim.SGD(net.parameters(), lr=lr, momentum=0.9)
    history = []
    for step, rows in enumerate(batches):
        norms = grad_norms(net, X[rows], y[rows])
        loss = F.cross_entropy(net(X[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        history.append((loss.item(), norms[0], norms[-1]))
        log(step, loss=loss.item(), first=norms[0], last=norms[-1])
    return history
