"""The Transformer of 2017 with one block on each side: post-norm, causal decoder, padding kept out."""

import torch
import torch.nn.functional as F
from torch import nn


class EncoderBlock(nn.Module):
    def __init__(self, d, h, ff):
        super().__init__()
        self.attn = nn.MultiheadAttention(d, h, batch_first=True)
        self.ln1, self.ln2 = nn.LayerNorm(d), nn.LayerNorm(d)
        self.fc1, self.fc2 = nn.Linear(d, ff), nn.Linear(ff, d)

    def forward(self, x, real):
        x = self.ln1(x + self.attn(x, x, x, key_padding_mask=~real)[0])
        return self.ln2(x + self.fc2(torch.relu(self.fc1(x))))


class DecoderBlock(nn.Module):
    def __init__(self, d, h, ff):
        super().__init__()
        self.self_attn = nn.MultiheadAttention(d, h, batch_first=True)
        self.cross_attn = nn.MultiheadAttention(d, h, batch_first=True)
        self.ln1, self.ln2, self.ln3 = nn.LayerNorm(d), nn.LayerNorm(d), nn.LayerNorm(d)
        self.fc1, self.fc2 = nn.Linear(d, ff), nn.Linear(ff, d)

    def forward(self, y, memory, real):
        T = y.shape[1]
        future = torch.ones(T, T, dtype=torch.bool).triu(1)
        y = self.ln1(y + self.self_attn(y, y, y, attn_mask=future)[0])
        y = self.ln2(y + self.cross_attn(y, memory, memory, key_padding_mask=~real)[0])
        return self.ln3(y + self.fc2(torch.relu(self.fc1(y))))


class Translator(nn.Module):
    def __init__(self, words, d, h, ff, longest):
        super().__init__()
        self.embed, self.place = nn.Embedding(words, d), nn.Embedding(longest, d)
        self.encoder, self.decoder = EncoderBlock(d, h, ff), DecoderBlock(d, h, ff)
        self.out = nn.Linear(d, words)

    def forward(self, source, target):
        real = source != 0
        memory = self.encoder(self.rows(source), real)
        return self.out(self.decoder(self.rows(target), memory, real))

    def rows(self, words):
        return self.embed(words) + self.place(torch.arange(words.shape[1]))


def shifted(target, start):
    first = torch.full_like(target[:, :1], start)
    return torch.cat([first, target[:, :-1]], dim=1)


def train(net, source, target, batches, lr, start):
    net.train()
    optimizer = torch.optim.Adam(net.parameters(), lr=lr)
    losses = []
    for rows in batches:
        logits = net(source[rows], shifted(target[rows], start))
        loss = F.cross_entropy(logits.flatten(0, 1), target[rows].flatten(), ignore_index=0)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


@torch.no_grad()
def translate(net, source, T, start):
    mode = net.training
    net.eval()
    words = torch.full_like(source[:, :1], start)
    for _ in range(T):
        words = torch.cat([words, net(source, words)[:, -1:].argmax(dim=2)], dim=1)
    net.train(mode)
    return words[:, 1:]
