"""gelu by its formula, a mask for each text by comparing places, the normalised x as context."""

import math

import torch
from mylib.multi_head import MHA
from torch import nn


class FeedForward(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.fc, self.proj = nn.Linear(d, 4 * d), nn.Linear(4 * d, d)

    def forward(self, x):
        z = self.fc(x)
        bend = 1 + torch.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z * z * z))
        return self.proj(0.5 * z * bend)


class Block(nn.Module):
    def __init__(self, d, h):
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(d), nn.LayerNorm(d)
        self.attn, self.ff = MHA(d, h), FeedForward(d)

    def forward(self, x):
        B, T, _ = x.shape
        place = torch.arange(T, device=x.device)
        mask = (place[None, :] <= place[:, None]).expand(B, T, T)
        normal = self.ln_1(x)
        middle = x + self.attn(normal, normal, mask)
        return middle + self.ff(self.ln_2(middle))
