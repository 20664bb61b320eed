"""A loop for any model: it trains in one mode, looks in the other, and keeps a copy of the best weights."""

import copy

import torch
import torch.nn.functional as F
from tracker import log


def train_epoch(model, loader, optimizer):
    model.train()
    total, rows = 0.0, 0
    for x, y in loader:
        loss = F.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
        rows += len(y)
    return total / rows


def evaluate(model, loader):
    modes = [(part, part.training) for part in model.modules()]
    model.eval()
    total, right, rows = 0.0, 0, 0
    with torch.no_grad():
        for x, y in loader:
            logits = model(x)
            total += F.cross_entropy(logits, y).item() * len(y)
            right += (logits.argmax(dim=1) == y).sum().item()
            rows += len(y)
    for part, mode in modes:
        part.training = mode
    return total / rows, right / rows


def fit(model, train_loader, val_loader, optimizer, epochs):
    history, best, least = [], None, None
    for epoch in range(epochs):
        train_loss = train_epoch(model, train_loader, optimizer)
        val_loss, val_share = evaluate(model, val_loader)
        if best is None or val_loss < least:
            least, best = val_loss, copy.deepcopy(model.state_dict())
        history.append({"train_loss": train_loss, "val_loss": val_loss, "val_share": val_share})
        log(epoch, **history[-1])
    return history, best
