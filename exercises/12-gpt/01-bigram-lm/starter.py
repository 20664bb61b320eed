import numpy as np


# Task 1
def fit_counts(docs, V, alpha):
    """docs: a list of arrays of tokens. -> logp [V, V], float64: logp[a, b] is log P(b after a)."""
    ...


# Task 2
def perplexity(logp, docs):
    """logp: [V, V].  docs: a list of arrays of tokens. -> a float."""
    ...
