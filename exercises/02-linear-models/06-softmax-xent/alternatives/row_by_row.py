"""One example at a time, each with its own small softmax."""

import numpy as np


def xent(logits, y):
    losses = []
    slopes = np.zeros_like(logits)
    for n, (row, right) in enumerate(zip(logits, y)):
        weights = np.exp(row - row.max())
        share = weights / weights.sum()
        losses.append(np.log(weights.sum()) - (row[right] - row.max()))
        slopes[n] = share
        slopes[n, right] -= 1
    return np.mean(losses), slopes / len(losses)
