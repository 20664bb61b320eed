"""Writes the right classes as a table of zeros and ones and works with whole tables only."""

import numpy as np


def xent(logits, y):
    n, k = logits.shape
    truth = np.eye(k, dtype=logits.dtype)[y]
    m = np.max(logits, axis=1, keepdims=True)
    logp = logits - m - np.log(np.sum(np.exp(logits - m), axis=1, keepdims=True))
    return -np.sum(truth * logp) / n, (np.exp(logp) - truth) / n
