"""GPT-2's block: causal attention and a small network, each after a normalisation and with a way around."""

import torch
import torch.nn.functional as F
from mylib.multi_head import MHA
from torch import nn


class FeedForward(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.fc = nn.Linear(d, 4 * d)
        self.proj = nn.Linear(4 * d, d)

    def forward(self, x):
        return self.proj(F.gelu(self.fc(x), approximate="tanh"))


class Block(nn.Module):
    def __init__(self, d, h):
        super().__init__()
        self.ln_1 = nn.LayerNorm(d)
        self.attn = MHA(d, h)
        self.ln_2 = nn.LayerNorm(d)
        self.ff = FeedForward(d)

    def forward(self, x):
        T = x.shape[1]
        mask = torch.ones(T, T, dtype=torch.bool, device=x.device).tril()
        x = x + self.attn(self.ln_1(x), mask=mask)
        return x + self.ff(self.ln_2(x))
