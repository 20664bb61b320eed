"""Padding as a mask for every head; log-probabilities gathered; words kept in a list while translating."""

import torch
from torch import nn


def _normed(ln, x, more):
    return nn.functional.layer_norm(x + more, ln.normalized_shape, ln.weight, ln.bias, ln.eps)


def _deep(block, x):
    return block.fc2(block.fc1(x).clamp(min=0))


class EncoderBlock(nn.Module):
    def __init__(self, d, h, ff):
        super().__init__()
        self.fc2, self.fc1 = nn.Linear(ff, d), nn.Linear(d, ff)
        self.ln2, self.ln1 = nn.LayerNorm(d), nn.LayerNorm(d)
        self.attn = nn.MultiheadAttention(d, h, batch_first=True)
        self.h = h

    def forward(self, x, real):
        hidden = real.logical_not()[:, None].expand(-1, x.shape[1], -1).repeat_interleave(self.h, dim=0)
        found, _ = self.attn(x, x, x, attn_mask=hidden, need_weights=False)
        x = _normed(self.ln1, x, found)
        return _normed(self.ln2, x, _deep(self, x))


class DecoderBlock(nn.Module):
    def __init__(self, d, h, ff):
        super().__init__()
        for name in ("self_attn", "cross_attn"):
            setattr(self, name, nn.MultiheadAttention(embed_dim=d, num_heads=h, batch_first=True))
        for name in ("ln1", "ln2", "ln3"):
            setattr(self, name, nn.LayerNorm(d))
        self.fc1, self.fc2 = nn.Linear(d, ff), nn.Linear(ff, d)

    def forward(self, y, memory, real):

        y = _normed(self.ln1, y, self.self_attn(y, y, y, attn_mask=self.ahead(y))[0])
        y = _normed(self.ln2, y, self.cross_attn(y, memory, memory, key_padding_mask=real == 0)[0])
        return _normed(self.ln3, y, _deep(self, y))

    @staticmethod
    def ahead(y):
        place = torch.arange(y.shape[1])
        return place > place[:, None]


class Translator(nn.Module):
    def __init__(self, words, d, h, ff, longest):
        super().__init__()
        self.encoder, self.decoder = EncoderBlock(d, h, ff), DecoderBlock(d, h, ff)
        self.out = nn.Linear(d, words)
        self.place, self.embed = nn.Embedding(longest, d), nn.Embedding(words, d)

    def forward(self, source, target):
        x = self.embed.weight[source] + self.place.weight[: source.size(1)]
        y = self.embed.weight[target] + self.place.weight[: target.size(1)]
        return self.out(self.decoder(y, self.encoder(x, source > 0), source > 0))


def shifted(target, start):
    moved = target.roll(1, dims=1)
    moved[:, 0] = start
    return moved


def train(net, source, target, batches, lr, start):
    optimizer = torch.optim.Adam(net.train().parameters(), lr)
    history = []
    for rows in batches:
        wanted = target[rows]
        logp = net(source[rows], shifted(wanted, start)).log_softmax(dim=2)
        told = -logp.gather(2, wanted[..., None]).squeeze(2)
        loss = told[wanted != 0].mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        history.append(float(loss.detach()))
    return history


def translate(net, source, T, start):
    before, found = net.training, [torch.tensor([start] * len(source))]
    net.train(False)
    with torch.no_grad():
        while len(found) <= T:
            logits = net(source, torch.stack(found, dim=1))
            found.append(logits[:, len(found) - 1].max(dim=1).indices)
    net.train(before)
    return torch.stack(found[1:], dim=1)
