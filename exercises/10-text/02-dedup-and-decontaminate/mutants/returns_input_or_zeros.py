"""task: 1, 2, 3, 4, 5

You return what you were handed, zeros, or nothing. Each task asks for something that has to be looked for.
"""

import numpy as np


def shingles(tokens, k=5):
    return set()


def minhash(tokens, k=5, perms=128, seed=0):
    return np.zeros(perms, dtype=np.int64)


def near_dups(docs, thr):
    return []


def deduplicate(docs, thr):
    return list(range(len(docs)))


def contaminated(train, test, n=13):
    return []


def synthetic(templates, slots, test, thr):
    return list(templates), 0.0
