"""The loss is written out from log-softmax, gradients are forgotten one by one, a whole model is kept."""

import copy

import torch
from tracker import log


def _losses(logits, y):
    return -logits.log_softmax(dim=1).gather(1, y[:, None]).squeeze(1)


def train_epoch(model, loader, optimizer):
    for part in model.modules():
        part.training = True
    seen = torch.zeros(2, dtype=torch.float64)
    for x, y in loader:
        losses = _losses(model(x), y)
        for group in optimizer.param_groups:
            for parameter in group["params"]:
                parameter.grad = None
        losses.mean().backward()
        optimizer.step()
        seen += torch.tensor([losses.detach().double().sum().item(), len(losses)], dtype=torch.float64)
    return (seen[0] / seen[1]).item()


def evaluate(model, loader):
    modes = [part.training for part in model.modules()]
    model.eval()
    losses, hits = [], []
    for x, y in loader:
        with torch.no_grad():
            logits = model(x)
        losses += _losses(logits, y).tolist()
        hits += (logits.max(dim=1).indices == y).tolist()
    for part, mode in zip(model.modules(), modes):
        part.training = mode
    return sum(losses) / len(losses), sum(hits) / len(hits)


def fit(model, train_loader, val_loader, optimizer, epochs):
    history, least, winner = [], float("inf"), None
    for epoch in range(epochs):
        numbers = [train_epoch(model, train_loader, optimizer), *evaluate(model, val_loader)]
        history.append(dict(zip(("train_loss", "val_loss", "val_share"), numbers)))
        log(epoch, **history[-1])
        if winner is None or numbers[1] < least:
            least, winner = numbers[1], copy.deepcopy(model)
    return history, winner.state_dict()
