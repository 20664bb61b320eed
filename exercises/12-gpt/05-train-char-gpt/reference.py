"""AdamW with two groups, a step with clipping, an honest score, and the loop around them."""

import torch
import torch.nn.functional as F
from tracker import log


def make_optimizer(model, decay):
    matrices = [p for p in model.parameters() if p.dim() >= 2]
    others = [p for p in model.parameters() if p.dim() < 2]
    groups = [{"params": matrices, "weight_decay": decay}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, betas=(0.9, 0.95))


def step(model, optimizer, x, y, lr, clip):
    model.train()
    for group in optimizer.param_groups:
        group["lr"] = lr
    loss = F.cross_entropy(model(x).flatten(0, 1), y.flatten())
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), clip)
    optimizer.step()
    return loss.item()


def score(model, data, T):
    before = model.training
    model.eval()
    total = 0.0
    with torch.no_grad():
        for start in range(0, len(data) - 1, T):
            y = data[start + 1 : start + T + 1]
            x = data[start : start + len(y)]
            total += F.cross_entropy(model(x[None])[0], y, reduction="sum").item()
    model.train(before)
    return total / (len(data) - 1)


def fit(model, batches, lrs, val, T, decay, clip, every, watch):
    optimizer = make_optimizer(model, decay)
    history, losses = [], []
    for number, ((x, y), lr) in enumerate(zip(batches, lrs), 1):
        losses.append(step(model, optimizer, x, y, lr, clip))
        if number % every == 0 or number == len(batches):
            train, unseen = sum(losses) / len(losses), score(model, val, T)
            log(number, train=train, val=unseen)
            history.append((number, train, unseen))
            watch(number)
            losses = []
    return history
