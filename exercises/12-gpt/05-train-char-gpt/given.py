"""Your GPT and your batches, the corpus as numbers, learning rates, and what a model writes."""

import copy
import math
from types import SimpleNamespace

import numpy as np
import torch
from tracker import heat


def my_gpt(seed, vocab=103, block=64, d=64, heads=4, layers=2):
    """Your GPT: matrices drawn with the spread 0.02, biases 0."""
    from mylib.gpt_model import GPT

    torch.manual_seed(seed)
    model = GPT(SimpleNamespace(vocab=vocab, block=block, d=d, heads=heads, layers=layers))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.dim() >= 2:
                parameter.normal_(0, 0.02)
            elif name.endswith("bias"):
                parameter.zero_()
    return model


def alphabet():
    """The 103 letters of the corpus, in their order."""
    from corpus import text

    return sorted(set(text()))


def corpus():
    """420,000 letters as numbers. -> int64 [420000]"""
    from corpus import text

    number = {letter: i for i, letter in enumerate(alphabet())}
    return torch.tensor([number[letter] for letter in text()])


def my_batches(data, count, B, T, seed):
    """`count` pairs (x, y), each [B, T], cut by your own get_batch."""
    from mylib.get_batch import get_batch

    rng, letters = np.random.default_rng(seed), data.numpy()
    pairs = [get_batch(letters, B, T, rng) for _ in range(count)]
    return [(torch.tensor(x), torch.tensor(y)) for x, y in pairs]


def rates(count, peak):
    """A learning rate for each step: up in the first twelfth, then down along a cosine to a tenth."""
    rise = max(count // 12, 1)
    fall = [0.1 + 0.45 * (1 + math.cos(math.pi * i / (count - rise))) for i in range(count - rise)]
    return [peak * (i + 1) / rise for i in range(rise)] + [peak * share for share in fall]


def write(model, start, count, seed=0, temperature=0.8):
    """The text `start` and `count` letters more, drawn from the model."""
    letters, generator = alphabet(), torch.Generator().manual_seed(seed)
    ids = [letters.index(letter) for letter in start]
    model.eval()
    with torch.no_grad():
        for _ in range(count):
            logits = model(torch.tensor([ids[-64:]]))[0, -1]
            ids.append(torch.multinomial((logits / temperature).softmax(0), 1, generator=generator).item())
    return "".join(letters[i] for i in ids)


def looks(model, ids, heads=4):
    """What each head looks at. ids: [T], T <= 64 -> for each block [heads, T, T].

    Nothing is asked of the inside of a block but the names of its layers. In a copy of it the values are made
    to say at which place they stand, and nothing else is added: what comes out of a head is where it
    looked, a row for each letter.
    """
    with torch.no_grad():
        found, twin, T = [], copy.deepcopy(model).double().eval(), len(ids)
        x = (twin.wte(ids) + twin.wpe(torch.arange(T)))[None]
        for block in twin.h:
            teller, d = copy.deepcopy(block), x.shape[2]
            size = d // heads
            for layer in (teller.attn.wv, teller.attn.wo, teller.ff.proj):
                layer.weight.zero_()
                layer.bias.zero_()
            teller.attn.wo.weight.copy_(torch.eye(d))
            solve, pieces = torch.linalg.pinv(block.ln_1(x)[0]), []
            for start in range(0, T, size):
                told = solve[:, start : start + size].T
                teller.attn.wv.weight.zero_().view(heads, size, d)[:, : len(told)] = told
                out = (teller(x) - x)[0].view(T, heads, size)
                pieces.append(out[:, :, : len(told)].transpose(0, 1).clamp(min=0))
            found.append(torch.cat(pieces, dim=2).round(decimals=6))
            x = block(x)
    return found


def watching(model, text="print(x) # 'and' or \"or\""):
    """What `fit` calls with the number of a step: the model writes a line, and two heads of each block show
    where each letter of `text` looks (a row each). What lies above the diagonal is the future."""
    letters = alphabet()
    ids = torch.tensor([letters.index(letter) for letter in text])

    def watch(step):
        line = write(model, "The ", 76, seed=step).replace("\n", "⏎")
        print(f"step {step:4}: {line}", flush=True)
        maps = looks(model, ids)
        shown = {f"block {b + 1}, head {h + 1}": maps[b][h] for b in range(len(maps)) for h in (0, 1)}
        heat(step, shown, rows=list(text), columns=list(text), causal=True)

    return watch


def my_tokens(size):
    """Your tokenizer with so many tokens. -> the first 400,000 letters in its tokens, int64 [N], the 4,000
    after them, and what each token spells: a dictionary from ids to bytes."""
    from corpus import text
    from mylib.bpe_encode import encode
    from mylib.bpe_train import train_bpe

    vocab, merges = train_bpe(text()[:60_000].encode(), size, [])
    parts = (text()[:400_000], text()[400_000:404_000])
    return *(torch.tensor(encode(part, vocab, merges, [])) for part in parts), vocab


def bits_per_byte(nats, tokens, spelled):
    """The mean loss of a token in nats, told in bits for each byte of the text that the tokens spell."""
    size = sum(len(spelled[token]) for token in tokens[1:].tolist())
    return nats * (len(tokens) - 1) / (math.log(2) * size)
