"""Your GPT for sums, its optimizer, the sums themselves, and a picture of what it gets right."""

from types import SimpleNamespace

import numpy as np
import torch
from tracker import heat


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


def show(step, exam, wrong, n):
    """A table of tens, those of a down and those of b across: which share of the sums is right."""
    tens, ten = 10 ** (n - 1), [str(digit) for digit in range(10)]
    asked, missed = np.zeros((10, 10)), np.zeros((10, 10))
    np.add.at(asked, tuple((exam // tens).T.numpy()), 1)
    np.add.at(missed, tuple((wrong[:, :2] // tens).T.numpy()), 1)
    heat(step, {"right, by first digits": 1 - missed / np.maximum(asked, 1)}, rows=ten, columns=ten)
    some = [f"{a}+{b}={a + b}, not {'?' if got < 0 else got}" for a, b, got in wrong[:3].tolist()]
    print(f"step {step}: {len(exam) - len(wrong)} of {len(exam)} right", *some, sep="   ")
