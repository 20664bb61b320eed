"""task: 1, 2, 3, 4

Your functions hand back what came in. Begin with one sum and its normalisation: x plus what attention says.
"""

import torch
from torch import nn


class EncoderBlock(nn.Module):
    def __init__(self, d, h, ff):
        super().__init__()

    def forward(self, x, real):
        return x


class DecoderBlock(EncoderBlock):
    def forward(self, y, memory, real):
        return y


class Translator(nn.Module):
    def __init__(self, words, d, h, ff, longest):
        super().__init__()
        self.words = words

    def forward(self, source, target):
        return torch.zeros(*target.shape, self.words)


def shifted(target, start):
    return target


def train(net, source, target, batches, lr, start):
    return [0.0 for _ in batches]


def translate(net, source, T, start):
    return torch.zeros(len(source), T, dtype=torch.int64)
