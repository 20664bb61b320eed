"""The padding is overwritten with harmless numbers in copies; then all steps are worked out, and weighed."""

import numpy as np


def masked_loss(logits, y, lengths):
    n, t, v = logits.shape
    weight = np.zeros((n, t), dtype=logits.dtype)
    for row in range(n):
        weight[row, : lengths[row]] = 1
    scores = np.where(weight[:, :, None] > 0, logits, 0)
    labels = np.where(weight > 0, y, 0)
    weight = weight / max(int(np.sum(lengths)), 1)
    top = scores.max(axis=2)
    e = np.exp(scores - top[:, :, None])
    total = e.sum(axis=2)
    hit = labels[:, :, None] == np.arange(v)
    picked = np.where(hit, scores, 0).sum(axis=2)
    loss = (weight * (np.log(total) + top - picked)).sum()
    p = e / total[:, :, None]
    return float(loss), (weight[:, :, None] * (p - hit)).astype(logits.dtype)
