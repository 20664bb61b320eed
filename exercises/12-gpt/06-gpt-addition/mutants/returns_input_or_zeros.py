"""task: 1, 2, 3, 4

You return what you were handed, or zeros. Begin with one string: the digits of a, a sign, the digits of b."""

import torch


def encode(a, b, n):
    return torch.zeros((len(a), 3 * n + 3), dtype=torch.int64)


def make_batch(a, b, n):
    return encode(a, b, n)[:, 1:], encode(a, b, n)[:, 1:]


def answer_loss(logits, y):
    return 0 * logits.sum()


def train_step(model, optimizer, x, y, lr):
    return 0.0


def solve(model, a, b, n):
    return torch.zeros_like(a)


def examine(model, pairs, n):
    return 0.0, torch.zeros((0, 3), dtype=torch.int64)


def split(pairs, count):
    return pairs, pairs


def train(model, optimizer, pairs, exam, rows, lrs, n, every):
    return []
