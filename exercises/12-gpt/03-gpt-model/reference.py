"""GPT-2: two embeddings, blocks, a last normalisation, a head that is the first table; its names."""

import torch
from mylib.gpt2_block import Block
from torch import nn


class GPT(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.wte = nn.Embedding(cfg.vocab, cfg.d)
        self.wpe = nn.Embedding(cfg.block, cfg.d)
        self.h = nn.ModuleList(Block(cfg.d, cfg.heads) for _ in range(cfg.layers))
        self.ln_f = nn.LayerNorm(cfg.d)
        self.lm_head = nn.Linear(cfg.d, cfg.vocab, bias=False)
        self.lm_head.weight = self.wte.weight

    def forward(self, ids):
        T, places = ids.shape[1], self.wpe.num_embeddings
        if T > places:
            raise ValueError(f"a text of {T} tokens is longer than the {places} places of this model")
        x = self.wte(ids) + self.wpe(torch.arange(T, device=ids.device))
        for block in self.h:
            x = block(x)
        return self.lm_head(self.ln_f(x))


PARTS = {"attn.c_proj": "attn.wo", "mlp.c_fc": "ff.fc", "mlp.c_proj": "ff.proj"}


def load_gpt2(model, weights):
    found = {}
    for name, tensor in weights.items():
        name = name.removeprefix("transformer.")
        if name == "lm_head.weight" or name.endswith((".attn.bias", ".attn.masked_bias")):
            continue
        layer, kind = ".".join(name.split(".")[:2]), name.rsplit(".", 1)[1]
        part = name.removeprefix(f"{layer}.").removesuffix(f".{kind}")
        if part == "attn.c_attn":
            for own, third in zip(("wq", "wk", "wv"), tensor.chunk(3, dim=-1)):
                found[f"{layer}.attn.{own}.{kind}"] = third.T if kind == "weight" else third
        elif part in PARTS:
            found[f"{layer}.{PARTS[part]}.{kind}"] = tensor.T if kind == "weight" else tensor
        elif part.startswith(("attn.", "ff.")):
            raise ValueError(f"{name} is no name of GPT-2")
        else:
            found[name] = tensor
    own = model.state_dict()
    own.pop("lm_head.weight")
    for name in own.keys() ^ found.keys():
        raise ValueError(f"{name} is {'missing' if name in own else 'left over'}")
    for name, tensor in found.items():
        if own[name].shape != tensor.shape:
            raise ValueError(f"{name} has the shape {tuple(tensor.shape)}, not {tuple(own[name].shape)}")
    with torch.no_grad():
        for name, tensor in found.items():
            own[name].copy_(tensor)
