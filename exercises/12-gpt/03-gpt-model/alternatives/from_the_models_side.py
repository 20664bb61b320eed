"""The head lends its table to the entrance; loading walks along the model's parameters."""

import torch
from mylib.gpt2_block import Block
from torch import nn


class GPT(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.block = cfg.block
        self.wte = nn.Embedding(cfg.vocab, cfg.d)
        self.wpe = nn.Embedding(cfg.block, cfg.d)
        self.h = nn.ModuleList()
        for _ in range(cfg.layers):
            self.h.append(Block(cfg.d, cfg.heads))
        self.ln_f = nn.LayerNorm(cfg.d)
        self.lm_head = nn.Linear(cfg.d, cfg.vocab, bias=False)
        self.wte.weight = self.lm_head.weight

    def forward(self, ids):
        B, T = ids.shape
        if T > self.block:
            raise ValueError("the text is too long")
        x = self.wte(ids) + self.wpe.weight[:T]
        for i in range(len(self.h)):
            x = self.h[i](x)
        return self.ln_f(x) @ self.lm_head.weight.T


def load_gpt2(model, weights):
    left = {name.removeprefix("transformer."): tensor for name, tensor in weights.items()}
    for name in list(left):
        if name == "lm_head.weight" or name.endswith(".attn.bias") or name.endswith(".attn.masked_bias"):
            del left[name]
    cut = {}
    for name in [name for name in left if ".c_attn." in name]:
        tensor = left.pop(name)
        if tensor.shape[-1] % 3:
            raise ValueError(name)
        d = tensor.shape[-1] // 3
        for place, letter in enumerate("qkv"):
            cut[name.replace("c_attn", "w" + letter)] = tensor[..., place * d : (place + 1) * d]
    if left.keys() & cut.keys():
        raise ValueError("one of the names is not GPT-2's but ours")
    left.update(cut)
    plan = []
    for name, parameter in model.named_parameters():
        theirs = name.replace("attn.wo", "attn.c_proj").replace("ff.proj", "mlp.c_proj")
        theirs = theirs.replace("ff.fc", "mlp.c_fc")
        if theirs == "lm_head.weight":
            theirs = "wte.weight"
        if theirs not in left:
            raise ValueError(f"{theirs} is missing")
        tensor = left.pop(theirs)
        if parameter.dim() == 2 and name.startswith("h."):
            tensor = tensor.T
        if tensor.shape != parameter.shape:
            raise ValueError(f"{theirs} has another shape")
        plan.append((parameter, tensor))
    if left:
        raise ValueError(f"nobody knows {sorted(left)}")
    for parameter, tensor in plan:
        parameter.data.copy_(tensor)
