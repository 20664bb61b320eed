"""task: 2

You compare every text with every other one. For ten times as many texts that is a hundred times the work:
find the few pairs that are worth it first, with signatures in bands for example.
"""

import numpy as np


def shingles(tokens, k=5):
    if len(tokens) < k:
        return {tuple(tokens)} if tokens else set()
    return {tuple(tokens[i : i + k]) for i in range(len(tokens) - k + 1)}


def minhash(tokens, k=5, perms=128, seed=0):
    a, b = family(perms, seed)
    x = np.array([number_of(shingle) for shingle in shingles(tokens, k)], dtype=np.int64)
    return ((a[:, None] * x + b[:, None]) % PRIME).min(axis=1, initial=PRIME)


def near_dups(docs, thr):
    sets = [shingles(tokenize(doc)) for doc in docs]
    found = []
    for i, runs in enumerate(sets):
        for j in range(i + 1, len(sets)):
            either = runs | sets[j]
            if either and len(runs & sets[j]) / len(either) >= thr:
                found.append((i, j))
    return found


def deduplicate(docs, thr):
    return []


def contaminated(train, test, n=13):
    return []


def synthetic(templates, slots, test, thr):
    return [], 0.0
