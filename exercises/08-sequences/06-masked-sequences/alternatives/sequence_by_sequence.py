"""A loop over sequences, each cut to its length."""

import numpy as np


def masked_loss(logits, y, lengths):
    count = sum(int(length) for length in lengths)
    loss, slopes = 0.0, np.zeros(logits.shape, dtype=logits.dtype)
    for n, length in enumerate(lengths):
        for t in range(length):
            z = logits[n, t] - np.max(logits[n, t])
            log_sum = np.log(np.sum(np.exp(z)))
            loss += float(log_sum - z[y[n, t]]) / count
            slopes[n, t] = np.exp(z - log_sum) / count
            slopes[n, t, y[n, t]] -= 1 / count
    return loss, slopes
