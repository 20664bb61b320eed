"""task: 1, 2

You return zeros, or what you were handed, whatever was asked. Start
with the counts of one document of two tokens."""

import numpy as np


def fit_counts(docs, V, alpha):
    return np.zeros((V, V))


def perplexity(logp, docs):
    return 0.0
