"""task: static

You ask a library for the signature. Its hash functions are others than those of this page, and what a
signature is would stay its secret.
"""

import numpy as np
from datasketch import MinHash


def shingles(tokens, k=5):
    return {tuple(tokens[i : i + k]) for i in range(len(tokens) - k + 1)}


def minhash(tokens, k=5, perms=128, seed=0):
    signature = MinHash(num_perm=perms, seed=seed)
    for shingle in shingles(tokens, k):
        signature.update(" ".join(shingle).encode())
    return signature.hashvalues.astype(np.int64)


def near_dups(docs, thr):
    return []


def deduplicate(docs, thr):
    return []


def contaminated(train, test, n=13):
    return []


def synthetic(templates, slots, test, thr):
    return [], 0.0
