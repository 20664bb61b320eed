"""A loss with weights of 0 and 1, matrix products with powers of ten, and one key for each pair."""

import torch
from tracker import log


def powers(count):
    return 10 ** torch.arange(count)


def encode(a, b, n):
    tokens = torch.empty((a.shape[0], 3 * n + 3), dtype=torch.int64)
    tokens[:, :n] = a[:, None] // powers(n).flip(0) % 10
    tokens[:, n] = 10
    tokens[:, n + 1 : 2 * n + 1] = b[:, None] // powers(n).flip(0) % 10
    tokens[:, 2 * n + 1] = 11
    tokens[:, 2 * n + 2 :] = (a + b)[:, None] // powers(n + 1) % 10
    return tokens


def make_batch(a, b, n):
    tokens = encode(a, b, n)
    asked = torch.arange(3 * n + 2) < 2 * n + 1
    return tokens.narrow(1, 0, 3 * n + 2).clone(), torch.where(asked, -100, tokens[:, 1:])


def answer_loss(logits, y):
    weight = (y != -100).to(logits.dtype)
    chosen = logits.gather(2, y.clamp(min=0)[:, :, None])[:, :, 0]
    return ((logits.logsumexp(dim=2) - chosen) * weight).sum() / weight.sum()


def train_step(model, optimizer, x, y, lr):
    model.train(True)
    model.zero_grad()
    for group in optimizer.param_groups:
        group.update(lr=lr)
    loss = answer_loss(model(x), y)
    loss.backward()
    optimizer.step()
    return loss.item()


@torch.no_grad()
def solve(model, a, b, n):
    mode = model.training
    model.train(False)
    text = list(encode(a, b, n)[:, : 2 * n + 2].unbind(1))
    for _ in range(n + 1):
        text.append(model(torch.stack(text, dim=1))[:, -1].argmax(1))
    model.train(mode)
    digits = torch.stack(text[-n - 1 :], dim=1)
    found = (digits * powers(n + 1)).sum(dim=1)
    found[(digits >= 10).any(dim=1)] = -1
    return found


def examine(model, pairs, n):
    a, b = pairs.unbind(1)
    wrong = torch.column_stack([pairs, solve(model, a, b, n)])
    wrong = wrong[wrong[:, 2] != a + b]
    return float((len(pairs) - wrong.shape[0]) / len(pairs)), wrong


def split(pairs, count):
    key = pairs.amin(dim=1) * (pairs.max() + 1) + pairs.amax(dim=1)
    held = torch.isin(key, key[:count])
    return pairs[held.logical_not()], pairs[held]


def train(model, optimizer, pairs, exam, rows, lrs, n, every):
    history, start = [], 0
    while start < len(rows):
        end, total = min(start + every, len(rows)), 0.0
        for row, lr in zip(rows[start:end], lrs[start:end]):
            x, y = make_batch(*pairs[row].unbind(1), n)
            total += train_step(model, optimizer, x, y, lr)
        right, wrong = examine(model, exam, n)
        log(end, loss=total / (end - start), right=right)
        show(end, exam, wrong, n)
        history.append((end, total / (end - start), right))
        start = end
    return history
