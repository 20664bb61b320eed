"""task: static

You take the finished model of a library. Here it is put together from your own blocks."""

from transformers import GPT2Config, GPT2LMHeadModel


def GPT(cfg):
    size = {"n_embd": cfg.d, "n_head": cfg.heads, "n_layer": cfg.layers}
    return GPT2LMHeadModel(GPT2Config(vocab_size=cfg.vocab, n_positions=cfg.block, **size))


def load_gpt2(model, weights):
    model.load_state_dict(weights)
