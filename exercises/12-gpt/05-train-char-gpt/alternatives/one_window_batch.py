"""The score reads all full windows as one batch; the loss and the clipping are written out."""

import torch
from tracker import log


def make_optimizer(model, decay):
    groups = {True: [], False: []}
    for parameter in model.parameters():
        groups[parameter.ndim > 1].append(parameter)
    return torch.optim.AdamW(
        [{"params": groups[True], "weight_decay": decay}, {"params": groups[False], "weight_decay": 0}],
        betas=(0.9, 0.95),
    )


def surprise(logits, y):
    """One number for each place."""
    return logits.logsumexp(-1) - logits.gather(-1, y[..., None])[..., 0]


def step(model, optimizer, x, y, lr, clip):
    model.train(True)
    for group in optimizer.param_groups:
        group.update(lr=lr)
    model.zero_grad(set_to_none=True)
    loss = surprise(model(x), y).mean()
    loss.backward()
    grads = [p.grad for p in model.parameters() if p.grad is not None]
    length = torch.sqrt(sum((g * g).sum() for g in grads))
    if length > clip:
        for g in grads:
            g *= clip / length
    optimizer.step()
    return float(loss)


@torch.no_grad()
def score(model, data, T):
    mode = model.training
    model.train(False)
    full = (len(data) - 1) // T
    total = 0.0
    for piece in torch.arange(full).split(64):
        places = piece[:, None] * T + torch.arange(T)
        total += float(surprise(model(data[places]), data[places + 1]).double().sum())
    rest = data[full * T :]
    if len(rest) > 1:
        total += float(surprise(model(rest[None, :-1]), rest[None, 1:]).double().sum())
    model.train(mode)
    return total / (len(data) - 1)


def fit(model, batches, lrs, val, T, decay, clip, every, watch):
    optimizer, history, start = make_optimizer(model, decay), [], 0
    while start < len(batches):
        end = min(start + every, len(batches))
        losses = [step(model, optimizer, *batches[i], lrs[i], clip) for i in range(start, end)]
        history.append((end, sum(losses) / len(losses), score(model, val, T)))
        log(end, train=history[-1][1], val=history[-1][2])
        watch(end)
        start = end
    return history
