"""A trainer object holds model and optimizer; the loss is taken over classes on axis 1."""

import torch
from torch import nn
from tracker import log


def make_optimizer(model, decay):
    named = list(model.named_parameters())
    return torch.optim.AdamW(
        [
            {"params": [p for _, p in named if len(p.shape) == 1], "weight_decay": 0.0},
            {"params": [p for _, p in named if len(p.shape) != 1], "weight_decay": decay},
        ],
        lr=0.1,
        betas=(0.9, 0.95),
        eps=1e-8,
    )


class Trainer:
    def __init__(self, model, optimizer, clip):
        self.model, self.optimizer, self.clip = model, optimizer, clip
        self.loss = nn.CrossEntropyLoss()

    def step(self, x, y, lr):
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        self.model.train()
        self.optimizer.zero_grad()
        loss = self.loss(self.model(x).transpose(1, 2), y)
        loss.backward()
        nn.utils.clip_grad_norm_(list(self.model.parameters()), max_norm=self.clip)
        self.optimizer.step()
        return loss.detach().item()


def step(model, optimizer, x, y, lr, clip):
    return Trainer(model, optimizer, clip).step(x, y, lr)


def score(model, data, T):
    was_training = model.training
    model.eval()
    sums = []
    with torch.inference_mode():
        for x, y in zip(data[:-1].split(T), data[1:].split(T)):
            sums.append(nn.functional.cross_entropy(model(x.unsqueeze(0)).squeeze(0), y) * len(y))
    if was_training:
        model.train()
    return (torch.stack(sums).sum() / (len(data) - 1)).item()


def fit(model, batches, lrs, val, T, decay, clip, every, watch):
    trainer = Trainer(model, make_optimizer(model, decay), clip)
    history, since = [], []
    for i in range(len(batches)):
        since.append(trainer.step(*batches[i], lrs[i]))
        if (i + 1) % every and i + 1 < len(batches):
            continue
        history.append((i + 1, sum(since) / len(since), score(model, val, T)))
        log(i + 1, train=history[-1][1], val=history[-1][2])
        since.clear()
        watch(i + 1)
    return history
