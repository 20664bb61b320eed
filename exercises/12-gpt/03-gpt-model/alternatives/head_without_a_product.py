"""A list of blocks under the name h, the scores by F.linear, and PyTorch's own strict loading."""

import torch
import torch.nn.functional as F
from mylib.gpt2_block import Block
from torch import nn


class GPT(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        d = cfg.d
        self.wte, self.wpe = nn.Embedding(cfg.vocab, d), nn.Embedding(cfg.block, d)
        self.h = nn.ModuleList([Block(d, cfg.heads) for _ in range(cfg.layers)])
        self.ln_f = nn.LayerNorm(d)
        self.lm_head = nn.Linear(d, cfg.vocab, bias=False)
        self.lm_head.weight = self.wte.weight

    def forward(self, ids):
        if ids.shape[1] > len(self.wpe.weight):
            raise ValueError("too long")
        places = torch.arange(ids.shape[1], device=ids.device).expand(ids.shape)
        x = F.embedding(ids, self.wte.weight) + F.embedding(places, self.wpe.weight)
        for block in self.h:
            x = block(x)
        return F.linear(self.ln_f(x), self.wte.weight)


def load_gpt2(model, weights):
    state = {}
    for name, tensor in weights.items():
        words = name.split(".")
        if words[0] == "transformer":
            words = words[1:]
        if words == ["lm_head", "weight"] or name.endswith((".attn.bias", ".attn.masked_bias")):
            continue
        if words[0] == "h" and words[2:3] in (["attn"], ["mlp"], ["ff"]):
            turned = tensor.t() if tensor.dim() == 2 else tensor
            start = ".".join(words[:2])
            if words[3:4] == ["c_attn"]:
                d = turned.shape[0] // 3
                for i, own in enumerate(("wq", "wk", "wv")):
                    state[f"{start}.attn.{own}.{words[-1]}"] = turned[i * d : (i + 1) * d]
                continue
            names = {"attn.c_proj": "attn.wo", "mlp.c_fc": "ff.fc", "mlp.c_proj": "ff.proj"}
            here = ".".join(words[2:4])
            if here not in names:
                raise ValueError(name)
            state[f"{start}.{names[here]}.{words[-1]}"] = turned
        else:
            state[".".join(words)] = tensor
    if "wte.weight" in state:
        state["lm_head.weight"] = state["wte.weight"]
    try:
        model.load_state_dict(state)
    except RuntimeError as error:
        raise ValueError(str(error)) from None
