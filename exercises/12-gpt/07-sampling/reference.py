"""Temperature, top-k and top-p, as steps on one array of scores; and a draw from what they leave."""

import numpy as np


def probs(logits, temperature, top_k, top_p):
    z = np.array(logits, dtype=np.float64)
    order = np.argsort(-z, kind="stable")
    p = np.zeros(len(z))
    if temperature == 0:
        p[order[0]] = 1
        return p
    z -= z.max()
    kept = order[:top_k]
    p[kept] = np.exp(z[kept] / temperature)
    p /= p.sum()
    if top_p is not None and top_p < 1:
        ranked = p[order]
        before = np.cumsum(ranked) - ranked
        p[order[1:][before[1:] >= top_p]] = 0
        p /= p.sum()
    return p


def sample(logits, temperature, top_k, top_p, rng):
    p = probs(logits, temperature, top_k, top_p)
    return int(rng.choice(len(p), p=p))
