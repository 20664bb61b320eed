"""Measures all scores from the score of the right class, so that the loss is one log-sum-exp."""

import numpy as np


def xent(logits, y):
    n = logits.shape[0]
    ahead = logits - np.take_along_axis(logits, y[:, None], axis=1)
    top = ahead.max(axis=1)
    grown = np.exp(ahead - top[:, None])
    sums = grown.sum(axis=1)
    loss = float((top + np.log(sums)).sum()) / n
    slope = grown / (sums[:, None] * n)
    slope[range(n), y] -= logits.dtype.type(1 / n)
    return loss, slope
