"""Scores, mask, softmax along the keys, and a mixture of the values."""

import math

import numpy as np


def attn_weights(Q, K, mask=None):
    scores = Q @ np.swapaxes(K, -1, -2) / math.sqrt(Q.shape[-1])
    if mask is not None:
        scores = np.where(mask, scores, -np.inf)
    top = scores.max(axis=-1, keepdims=True)
    weights = np.exp(scores - np.where(top == -np.inf, 0, top))
    total = weights.sum(axis=-1, keepdims=True)
    return weights / np.where(total == 0, 1, total)


def attn(Q, K, V, mask=None):
    return attn_weights(Q, K, mask) @ V


def causal_mask(T, S):
    return np.arange(S) <= np.arange(S - T, S)[:, None]
