"""The loss of all rows is summed and divided, modes are kept by name, weights are cloned one by one."""

import torch
from torch import nn
from tracker import log

SUMMED = nn.CrossEntropyLoss(reduction="sum")


def train_epoch(model, loader, optimizer):
    model.train(True)
    losses, rows = [], 0
    for x, y in loader:
        optimizer.zero_grad(set_to_none=False)
        summed = SUMMED(model(x), y)
        (summed / y.shape[0]).backward()
        optimizer.step()
        losses.append(float(summed.detach()))
        rows += y.shape[0]
    return sum(losses) / rows


@torch.inference_mode()
def evaluate(model, loader):
    modes = {name: part.training for name, part in model.named_modules()}
    model.train(False)
    found = []
    for x, y in loader:
        logits = model(x)
        found.append((float(SUMMED(logits, y)), int((torch.argmax(logits, -1) == y).sum()), y.numel()))
    for name, part in model.named_modules():
        part.training = modes[name]
    loss, right, rows = map(sum, zip(*found))
    return loss / rows, right / rows


def fit(model, train_loader, val_loader, optimizer, epochs):
    history, kept = [], []
    while len(history) < epochs:
        train_loss = train_epoch(model, train_loader, optimizer)
        val_loss, val_share = evaluate(model, val_loader)
        log(len(history), train_loss=train_loss, val_loss=val_loss, val_share=val_share)
        history.append(dict(train_loss=train_loss, val_loss=val_loss, val_share=val_share))
        kept.append({name: tensor.clone() for name, tensor in model.state_dict().items()})
    losses = [told["val_loss"] for told in history]
    return history, kept[losses.index(min(losses))]
