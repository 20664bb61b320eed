import torch
import torch.nn.functional as F
from torch import nn


# Task 1
class EncoderBlock(nn.Module):
    def __init__(self, d, h, ff):
        super().__init__()

    def forward(self, x, real):
        """x: [B, S, d], real: bool [B, S], False at padding -> [B, S, d]"""
        ...


# Task 2
class DecoderBlock(nn.Module):
    def __init__(self, d, h, ff):
        super().__init__()

    def forward(self, y, memory, real):
        """y: [B, T, d], memory: [B, S, d], real: bool [B, S] -> [B, T, d]"""
        ...


# Task 3
class Translator(nn.Module):
    def __init__(self, words, d, h, ff, longest):
        super().__init__()

    def forward(self, source, target):
        """source: [B, S], target: [B, T], numbers of words; 0 is padding -> logits [B, T, words]"""
        ...


def shifted(target, start):
    """[B, T] -> [B, T]: start, and then all words of target but the last."""
    ...


# Task 4
def train(net, source, target, batches, lr, start):
    """One step of Adam for each array of row numbers in batches -> the losses before the steps."""
    ...


def translate(net, source, T, start):
    """-> [B, T]: word after word, each time the most likely one."""
    ...
