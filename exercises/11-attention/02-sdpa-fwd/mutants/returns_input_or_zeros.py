"""task: 1, 2, 3

Your functions return zeros. Begin with the scores: one matrix product of the queries with the keys.
"""

import numpy as np


def attn_weights(Q, K, mask=None):
    return np.zeros((*Q.shape[:3], K.shape[2]), Q.dtype)


def attn(Q, K, V, mask=None):
    return np.zeros((*Q.shape[:3], V.shape[3]), Q.dtype)


def causal_mask(T, S):
    return np.zeros((T, S), bool)
