"""task: static

You let PyTorch draw and stack. Here you do it in numpy: one array of places is enough."""

import torch


def cut(data, starts, T):
    rows = torch.as_tensor(data).unfold(0, T + 1, 1)[torch.as_tensor(starts)]
    return rows[:, :-1].numpy(), rows[:, 1:].numpy()


def get_batch(data, B, T, rng):
    return cut(data, torch.randint(len(data) - T, (B,)), T)
