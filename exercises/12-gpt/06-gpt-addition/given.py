"""Your GPT for sums, its optimizer, the sums, and pictures of what it gets right and where it looks."""

import copy
from types import SimpleNamespace

import numpy as np
import torch
from tracker import heat


made = []  # the model that `show` looks into: the last one that `my_adder` made


def my_adder(seed, n=2, d=48, heads=4, layers=2):
    """Your GPT with 12 tokens and the 3 n + 2 places that it reads; matrices of the spread 0.08, biases 0."""
    from mylib.gpt_model import GPT

    torch.manual_seed(seed)
    model = GPT(SimpleNamespace(vocab=12, block=3 * n + 2, d=d, heads=heads, layers=layers))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.dim() >= 2:
                parameter.normal_(0, 0.08)
            elif name.endswith("bias"):
                parameter.zero_()
    made[:] = [model]
    return model


def my_optimizer(model):
    """AdamW. Its learning rate is set by each step."""
    return torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.95), weight_decay=0.1)


def all_pairs(n, seed):
    """Every pair of numbers with n digits, mixed. -> int64 [100**n, 2]"""
    order = np.random.default_rng(seed).permutation(100**n)
    return torch.tensor(np.stack([order // 10**n, order % 10**n], axis=1))


def my_rows(size, count, B, seed):
    """For each of `count` steps B row numbers below `size`."""
    return list(torch.tensor(np.random.default_rng(seed).integers(0, size, (count, B))))


def my_rates(count, peak):
    """A learning rate for each step: up in the first twelfth, then down along a cosine to a tenth."""
    rise = max(count // 12, 1)
    up = peak * np.arange(1, rise + 1) / rise
    down = peak * (0.55 + 0.45 * np.cos(np.pi * np.arange(count - rise) / max(count - rise, 1)))
    return [float(rate) for rate in (*up, *down)]


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


def show(step, exam, wrong, n):
    """A table of tens, those of a down and those of b across: which share of the sums is right. And for the
    first sum of the exam, where two heads of each block of your GPT look."""
    tens, ten = 10 ** (n - 1), [str(digit) for digit in range(10)]
    asked, missed = np.zeros((10, 10)), np.zeros((10, 10))
    np.add.at(asked, tuple((exam // tens).T.numpy()), 1)
    np.add.at(missed, tuple((wrong[:, :2] // tens).T.numpy()), 1)
    heat(step, {"right, by first digits": 1 - missed / np.maximum(asked, 1)}, rows=ten, columns=ten)
    some = [f"{a}+{b}={a + b}, not {'?' if got < 0 else got}" for a, b, got in wrong[:3].tolist()]
    print(f"step {step}: {len(exam) - len(wrong)} of {len(exam)} right", *some, sep="   ")
    if made and made[0].wpe.weight.shape[0] == 3 * n + 2:
        a, b = exam[0].tolist()
        asked = f"{a:0{n}}+{b:0{n}}={str(a + b).zfill(n + 1)[::-1]}"[: 3 * n + 2]
        maps = looks(made[0], torch.tensor(["0123456789+=".index(sign) for sign in asked]))
        found = {f"block {i + 1}, head {h + 1}": maps[i][h] for i in range(len(maps)) for h in (0, 1)}
        heat(step, found, rows=list(asked), columns=list(asked), causal=True)
