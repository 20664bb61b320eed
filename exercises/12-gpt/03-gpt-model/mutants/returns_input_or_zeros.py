"""task: 1, 2

Your model returns zeros. Begin with the sum of the two embeddings, and look at its shape."""

import torch
from torch import nn


class GPT(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.vocab = cfg.vocab
        self.wte = nn.Embedding(cfg.vocab, cfg.d)

    def forward(self, ids):
        return torch.zeros(*ids.shape, self.vocab, dtype=self.wte.weight.dtype)


def load_gpt2(model, weights):
    return None
