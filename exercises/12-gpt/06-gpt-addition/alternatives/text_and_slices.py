"""Tokens by way of text, the answer cut out by where it stands, and pairs sorted instead of sets."""

import torch
from torch import nn
from tracker import log

SIGNS = {sign: number for number, sign in enumerate("0123456789+=")}


def encode(a, b, n):
    rows = []
    for one, two in zip(a.tolist(), b.tolist()):
        text = str(one).zfill(n) + "+" + str(two).zfill(n) + "=" + str(one + two).zfill(n + 1)[::-1]
        rows.append([SIGNS[sign] for sign in text])
    return torch.tensor(rows)


def make_batch(a, b, n):
    tokens = encode(a, b, n)
    question = torch.full((len(a), 2 * n + 1), -100)
    return tokens[:, : 3 * n + 2].contiguous(), torch.cat([question, tokens[:, 2 * n + 2 :]], dim=1)


def answer_loss(logits, y):
    return nn.CrossEntropyLoss(ignore_index=-100)(logits.transpose(1, 2), y)


def train_step(model, optimizer, x, y, lr):
    optimizer.zero_grad()
    model.train()
    loss = answer_loss(model(x), y)
    loss.backward()
    for group in optimizer.param_groups:
        group["lr"] = lr
    optimizer.step()
    return float(loss.detach())


def solve(model, a, b, n):
    was_training = model.training
    tokens = torch.cat([encode(a, b, n)[:, : 2 * n + 2], torch.zeros((len(a), n + 1), dtype=torch.long)], 1)
    model.eval()
    with torch.inference_mode():
        for place in range(2 * n + 2, 3 * n + 3):
            tokens[:, place] = torch.max(model(tokens[:, :place])[:, place - 1], dim=1).indices
    if was_training:
        model.train()
    found = []
    for row in tokens[:, 2 * n + 2 :].tolist():
        number = 0
        for digit in reversed(row):
            number = 10 * number + digit
        found.append(number if max(row) < 10 else -1)
    return torch.tensor(found)


def examine(model, pairs, n):
    got = solve(model, pairs[:, 0], pairs[:, 1], n)
    rows = [[*pair, one] for pair, one in zip(pairs.tolist(), got.tolist()) if sum(pair) != one]
    wrong = torch.tensor(rows, dtype=torch.long).reshape(len(rows), 3)
    return (len(pairs) - len(rows)) / len(pairs), wrong


def split(pairs, count):
    ordered = [tuple(sorted(pair)) for pair in pairs.tolist()]
    places = {True: [], False: []}
    for place, pair in enumerate(ordered):
        places[pair in ordered[:count]].append(place)
    empty = torch.zeros(0, dtype=torch.long)
    return tuple(pairs[torch.cat([empty, empty.new_tensor(places[held])])] for held in (False, True))


def train(model, optimizer, pairs, exam, rows, lrs, n, every):
    history, since = [], []
    for i in range(len(rows)):
        chosen = pairs[rows[i]]
        since.append(train_step(model, optimizer, *make_batch(chosen[:, 0], chosen[:, 1], n), lrs[i]))
        if (i + 1) % every and i + 1 < len(rows):
            continue
        right, wrong = examine(model, exam, n)
        history.append((i + 1, sum(since) / len(since), right))
        log(i + 1, loss=history[-1][1], right=right)
        show(i + 1, exam, wrong, n)
        since.clear()
    return history
