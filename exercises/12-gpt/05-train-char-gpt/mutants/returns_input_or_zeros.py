"""task: 1, 2, 3

You return zeros, and nothing moves. Begin with one step: the loss of a batch, and its gradients."""

import torch


def make_optimizer(model, decay):
    return torch.optim.AdamW(model.parameters())


def step(model, optimizer, x, y, lr, clip):
    return 0.0


def score(model, data, T):
    return 0.0


def fit(model, batches, lrs, val, T, decay, clip, every, watch):
    return []
