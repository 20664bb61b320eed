"""Attention written out with the weights of the library's module; the loss over the wanted rows alone."""

import torch
import torch.nn.functional as F
from torch import nn


def attend(layer, x, context, allowed):
    """allowed: bool, broadcast to [B, 1, T, S]."""
    d, h = x.shape[2], layer.num_heads
    weights, biases = layer.in_proj_weight.split(d), layer.in_proj_bias.split(d)
    q, k, v = (
        F.linear(rows, W, b).unflatten(2, (h, d // h)).transpose(1, 2)
        for rows, W, b in zip((x, context, context), weights, biases)
    )
    scores = (q @ k.mT / (d // h) ** 0.5).masked_fill(~allowed, float("-inf"))
    return layer.out_proj((scores.softmax(-1) @ v).transpose(1, 2).flatten(2))


class Block(nn.Module):
    def __init__(self, d, h, ff, attentions):
        super().__init__()
        for name in attentions:
            self.add_module(name, nn.MultiheadAttention(d, h, batch_first=True))
        for number in range(len(attentions) + 1):
            self.add_module(f"ln{number + 1}", nn.LayerNorm(d))
        self.fc1 = nn.Linear(d, ff)
        self.fc2 = nn.Linear(ff, d)

    def think(self, x):
        return x + self.fc2(F.relu(self.fc1(x)))


class EncoderBlock(Block):
    def __init__(self, d, h, ff):
        super().__init__(d, h, ff, ["attn"])

    def forward(self, x, real):
        x = self.ln1(x + attend(self.attn, x, x, real[:, None, None]))
        return self.ln2(self.think(x))


class DecoderBlock(Block):
    def __init__(self, d, h, ff):
        super().__init__(d, h, ff, ["self_attn", "cross_attn"])

    def forward(self, y, memory, real):
        causal = torch.tril(torch.ones(y.shape[1], y.shape[1])) > 0
        y = self.ln1(y + attend(self.self_attn, y, y, causal))
        y = self.ln2(y + attend(self.cross_attn, y, memory, real[:, None, None]))
        return self.ln3(self.think(y))


class Translator(nn.Module):
    def __init__(self, words, d, h, ff, longest):
        super().__init__()
        self.embed = nn.Embedding(words, d)
        self.place = nn.Embedding(longest, d)
        self.encoder = EncoderBlock(d, h, ff)
        self.decoder = DecoderBlock(d, h, ff)
        self.out = nn.Linear(d, words)

    def forward(self, source, target):
        x, y = (self.embed(w) + self.place(torch.arange(w.shape[1])[None]) for w in (source, target))
        real = source.ne(0)
        return self.out(self.decoder(y, self.encoder(x, real), real))


def shifted(target, start):
    return F.pad(target[:, :-1], (1, 0), value=start)


def train(net, source, target, batches, lr, start):
    net.train()
    optimizer, losses = torch.optim.Adam(net.parameters(), lr=lr), []
    for rows in batches:
        optimizer.zero_grad(set_to_none=True)
        logits, wanted = net(source[rows], shifted(target[rows], start)), target[rows]
        loss = F.cross_entropy(logits[wanted != 0], wanted[wanted != 0])
        losses.append(loss.item())
        loss.backward()
        optimizer.step()
    return losses


def translate(net, source, T, start):
    mode, words = net.training, source.new_full((len(source), 1), start)
    net.eval()
    with torch.no_grad():
        for _ in range(T):
            best = net(source, words)[:, -1].argmax(-1, keepdim=True)
            words = torch.hstack([words, best])
    net.train(mode)
    return words[:, 1:]
