import torch
from mylib.gpt2_block import Block
from torch import nn

# Config(vocab, block, d, heads, layers) is given.


# Task 1
class GPT(nn.Module):
    def __init__(self, cfg):
        super().__init__()

    def forward(self, ids):
        """[B, T] whole numbers -> logits [B, T, vocab]"""
        ...


# Task 2
def load_gpt2(model, weights):
    """Copy a dictionary of tensors with GPT-2's names into a GPT."""
    ...
