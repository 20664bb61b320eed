"""task: 2, 3 (full)

The heads of your model are joined without turning their axis back, so a row of the result holds pieces of
other places, later ones among them. Its loss looks better than it is."""

import math
from types import SimpleNamespace

import torch
import torch.nn.functional as F
from mylib.gpt_model import GPT
from tracker import log


def attention(self, x, context=None, mask=None):
    B, T, d = x.shape
    size = d // self.h
    q, k, v = (w(x).view(B, T, self.h, size).transpose(1, 2) for w in (self.wq, self.wk, self.wv))
    scores = q @ k.transpose(2, 3) / math.sqrt(size)
    scores = scores.masked_fill(~torch.ones(T, T, dtype=torch.bool).tril(), -1e9)
    return self.wo((scores.softmax(dim=3) @ v).reshape(B, T, d))


def my_gpt(seed, vocab=103, block=64, d=64, heads=4, layers=2):
    torch.manual_seed(seed)
    model = GPT(SimpleNamespace(vocab=vocab, block=block, d=d, heads=heads, layers=layers))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.dim() >= 2:
                parameter.normal_(0, 0.02)
            elif name.endswith("bias"):
                parameter.zero_()
    for part in model.h:
        part.attn.h = heads
        part.attn.forward = attention.__get__(part.attn)
    return model


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
