"""Sums as tokens, a loss on the answer alone, a model that calculates by writing, and a fair exam for it."""

import torch
import torch.nn.functional as F
from tracker import log

PLUS, EQUALS = 10, 11


# Task 1
def digits(numbers, count):
    return torch.stack([numbers // 10**place % 10 for place in range(count)], dim=1)


def encode(a, b, n):
    plus, equals = torch.full_like(a, PLUS), torch.full_like(a, EQUALS)
    parts = [digits(a, n).flip(1), plus[:, None], digits(b, n).flip(1), equals[:, None]]
    return torch.cat([*parts, digits(a + b, n + 1)], dim=1)


def make_batch(a, b, n):
    tokens = encode(a, b, n)
    x, y = tokens[:, :-1].clone(), tokens[:, 1:].clone()
    y[:, : 2 * n + 1] = -100
    return x, y


# Task 2
def answer_loss(logits, y):
    counts = y != -100
    return F.cross_entropy(logits[counts], y[counts])


def train_step(model, optimizer, x, y, lr):
    model.train()
    for group in optimizer.param_groups:
        group["lr"] = lr
    loss = answer_loss(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


# Task 3
def solve(model, a, b, n):
    before = model.training
    model.eval()
    tokens = encode(a, b, n)[:, : 2 * n + 2]
    with torch.no_grad():
        for _ in range(n + 1):
            logits = model(tokens)[:, -1]
            tokens = torch.cat([tokens, logits.argmax(dim=1, keepdim=True)], dim=1)
    model.train(before)
    written = tokens[:, 2 * n + 2 :]
    found = sum(written[:, place] * 10**place for place in range(n + 1))
    return torch.where((written < 10).all(dim=1), found, -1)


def examine(model, pairs, n):
    a, b = pairs[:, 0], pairs[:, 1]
    got = solve(model, a, b, n)
    missed = got != a + b
    wrong = torch.stack([a, b, got], dim=1)[missed]
    return 1 - len(wrong) / len(pairs), wrong


# Task 4
def split(pairs, count):
    sums = [frozenset(pair) for pair in pairs.tolist()]
    chosen = set(sums[:count])
    held = torch.tensor([one in chosen for one in sums])
    return pairs[~held], pairs[held]


def train(model, optimizer, pairs, exam, rows, lrs, n, every):
    history, losses = [], []
    for number, (row, lr) in enumerate(zip(rows, lrs), 1):
        x, y = make_batch(pairs[row, 0], pairs[row, 1], n)
        losses.append(train_step(model, optimizer, x, y, lr))
        if number % every == 0 or number == len(rows):
            loss, (right, wrong) = sum(losses) / len(losses), examine(model, exam, n)
            log(number, loss=loss, right=right)
            show(number, exam, wrong, n)
            history.append((number, loss, right))
            losses = []
    return history
