"""Each pair becomes one number, a * V + b, and `np.bincount` counts them; they weigh logp, too."""

import numpy as np


def _counts(docs, V):
    table = np.zeros(V * V)
    for ids in docs:
        wide = np.asarray(ids, dtype=np.int64)
        table += np.bincount(wide[:-1] * V + wide[1:], minlength=V * V)
    return table.reshape(V, V)


def fit_counts(docs, V, alpha):
    table = _counts(docs, V) + alpha
    return np.log(table) - np.log(table.sum(axis=1))[:, None]


def perplexity(logp, docs):
    table = _counts(docs, len(logp))
    seen = table > 0
    return float(np.exp(-(table[seen] * logp[seen].astype(float)).sum() / table.sum()))
