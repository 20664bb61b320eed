"""Clamps how far along each stretch a step is, and multiplies; no stretch is told apart by hand."""

import numpy as np


def lr_at(step, max_lr, min_lr, warmup, total):
    if not step < total:
        return float(min_lr)
    up = min(1.0, step / warmup) if warmup else 1.0
    length = total - warmup
    along = min(max((step - warmup) / length, 0.0), 1.0) if length else 0.0
    height = 0.5 + 0.5 * float(np.cos(np.pi * along))
    return up * (max_lr * height + min_lr * (1 - height))
