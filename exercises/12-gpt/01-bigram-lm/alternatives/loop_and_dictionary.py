"""Without index arrays: a dictionary of pairs, filled in a plain loop; one logarithm at a time."""

import math
from collections import Counter

import numpy as np


def fit_counts(docs, V, alpha):
    pairs, starts = Counter(), Counter()
    for ids in docs:
        ids = [int(i) for i in ids]
        for a, b in zip(ids, ids[1:]):
            pairs[a, b] += 1
            starts[a] += 1
    logp = np.zeros((V, V))
    for a in range(V):
        for b in range(V):
            logp[a, b] = math.log(pairs[a, b] + alpha) - math.log(starts[a] + alpha * V)
    return logp


def perplexity(logp, docs):
    total, count = 0.0, 0
    for ids in docs:
        for a, b in zip(ids[:-1], ids[1:]):
            total -= float(logp[a, b])
            count += 1
    return math.exp(total / count) if total < math.inf else math.inf
