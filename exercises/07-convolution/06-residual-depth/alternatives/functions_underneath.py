"""The arithmetic through torch.nn.functional, a twin through its state, momentum written out by hand."""

import copy

import torch
import torch.nn.functional as F
from torch import nn
from tracker import log


class ResBlock(nn.Module):
    def __init__(self, C_in, C_out, stride=1, shortcut=True):
        super().__init__()
        self.stride = stride
        self.conv1 = nn.Conv2d(C_in, C_out, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(C_out)
        self.conv2 = nn.Conv2d(C_out, C_out, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(C_out)
        fits = stride == 1 and C_in == C_out
        if not shortcut:
            self.around = None
        elif fits:
            self.around = lambda x: x
        else:
            self.project = nn.Conv2d(C_in, C_out, 1, stride, bias=False)
            self.around = lambda x: self.project(x)

    def __deepcopy__(self, memo):
        C_out, C_in = self.conv1.weight.shape[:2]
        twin = ResBlock(C_in, C_out, self.stride, self.around is not None)
        twin.to(self.conv1.weight.dtype).load_state_dict(self.state_dict())
        return twin.train(self.training)

    def forward(self, x):
        h = F.relu(self.bn1(self.conv1(x)))
        h = self.bn2(self.conv2(h))
        return F.relu(h if self.around is None else self.around(x) + h)


def grad_norms(net, x, y):
    twin = copy.deepcopy(net)
    twin.zero_grad(set_to_none=True)
    twin.train()
    logp = F.log_softmax(twin(x), dim=1)
    F.nll_loss(logp, y).backward()
    chosen = filter(lambda part: isinstance(part, nn.Linear) or isinstance(part, nn.Conv2d), twin.modules())
    return [torch.linalg.vector_norm(part.weight.grad).item() for part in chosen]


class DeepNet(nn.Module):
    def __init__(self, blocks, width, classes, shortcut=True):
        super().__init__()
        self.stem = nn.Conv2d(1, width, 3, 2, 1)
        self.blocks = nn.Sequential(*(ResBlock(width, width, 1, shortcut) for _ in range(blocks)))
        self.fc = nn.Linear(width, classes)

    def forward(self, x):
        x = self.blocks(F.relu(self.stem(x)))
        return self.fc(x.sum(dim=3).sum(dim=2) / (x.shape[2] * x.shape[3]))


def train_and_watch(net, X, y, batches, lr):
    net.train()
    velocities = [torch.zeros_like(parameter) for parameter in net.parameters()]
    history = []
    for step in range(len(batches)):
        x, right = X[batches[step]], y[batches[step]]
        norms = grad_norms(net, x, right)
        loss = F.cross_entropy(net(x), right)
        grads = torch.autograd.grad(loss, list(net.parameters()))
        with torch.no_grad():
            for parameter, velocity, grad in zip(net.parameters(), velocities, grads, strict=True):
                velocity.mul_(0.9).add_(grad)
                parameter.sub_(lr * velocity)
        history.append((loss.item(), norms[0], norms[-1]))
        log(step, loss=loss.item(), first=norms[0], last=norms[-1])
    return history
