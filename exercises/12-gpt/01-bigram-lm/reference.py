"""A bigram model: one row of counts for each token, and the exponential of its mean surprise."""

import numpy as np


def fit_counts(docs, V, alpha):
    """`np.add.at` adds at a place as often as it is named; `+=` would add once."""
    counts = np.full((V, V), float(alpha))
    for ids in docs:
        np.add.at(counts, (ids[:-1], ids[1:]), 1)
    return np.log(counts / counts.sum(axis=1, keepdims=True))


def perplexity(logp, docs):
    """One mean over all pairs, in float64."""
    found = [logp[ids[:-1], ids[1:]] for ids in docs]
    mean = np.concatenate(found).mean(dtype=np.float64)
    return float(np.exp(-mean))
