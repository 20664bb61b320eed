"""A straight warm-up, then half a cosine (Loshchilov and Hutter 2016, formula 5), then a flat end."""

import math


def lr_at(step, max_lr, min_lr, warmup, total):
    if step >= total:
        return min_lr
    if step < warmup:
        return max_lr * step / warmup
    along = (step - warmup) / (total - warmup)
    return min_lr + (max_lr - min_lr) * (1 + math.cos(math.pi * along)) / 2
