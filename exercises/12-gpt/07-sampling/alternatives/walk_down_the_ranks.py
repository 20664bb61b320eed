"""A list of (score, number) in its order and a loop that adds up; the draw goes along the running sums."""

import math

import numpy as np


def probs(logits, temperature, top_k, top_p):
    ranked = sorted(((-float(score), token) for token, score in enumerate(logits)))
    p = np.zeros(len(logits))
    best = -ranked[0][0]
    if temperature == 0:
        p[ranked[0][1]] = 1.0
        return p
    kept = ranked if top_k is None else ranked[:top_k]
    weights = [(math.exp((-score - best) / temperature), token) for score, token in kept]
    total = sum(weight for weight, _ in weights)
    so_far = 0.0
    for weight, token in weights:
        p[token] = weight
        so_far += weight / total
        if top_p is not None and top_p < 1 and so_far >= top_p:
            break
    return p / p.sum()


def sample(logits, temperature, top_k, top_p, rng):
    sums = np.cumsum(probs(logits, temperature, top_k, top_p))
    return int(np.searchsorted(sums, rng.random() * sums[-1], side="right"))
