import torch
import torch.nn.functional as F
from tracker import log

# my_gpt, corpus, my_batches, rates, write and watching are given.


# Task 1
def make_optimizer(model, decay):
    """-> AdamW with two groups: matrices with weight decay, everything else without."""
    ...


def step(model, optimizer, x, y, lr, clip):
    """One step on the batch x, y, each [B, T]. -> the loss before it, a float"""
    ...


# Task 2
def score(model, data, T):
    """data: [N] -> the mean loss of its letters, read in windows of T, a float"""
    ...


# Task 3
def fit(model, batches, lrs, val, T, decay, clip, every, watch):
    """-> [(step, mean training loss since the last entry, score of val), ...]"""
    ...


# Watch it: take the signs # away when all three tasks are there, and press Run.
# data = corpus()
# model = my_gpt(0)
# train, val = data[:400_000], data[400_000:404_000]
# fit(model, my_batches(train, 200, 32, 64, seed=1), rates(200, 4e-3), val, 64, 0.1, 1.0, 20, watching(model))
# print(write(model, "The ", 300))

# For nothing: the same with your own tokenizer, told in bits for each byte of the text.
# train, val, vocab = my_tokens(512)
# model = my_gpt(0, vocab=512)
# history = fit(model, my_batches(train, 200, 32, 64, seed=1), rates(200, 4e-3), val, 64, 0.1, 1.0, 20, print)
# print(bits_per_byte(history[-1][2], val, vocab), "bits per byte")
