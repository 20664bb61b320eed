"""task: static

You take the softmax of a library. It is two lines here, and you have written them before."""

import numpy as np
from scipy.special import softmax


def probs(logits, temperature, top_k, top_p):
    z = np.array(logits, dtype=float)
    order = np.argsort(-z, kind="stable")
    if temperature == 0:
        top_k, temperature = 1, 1
    z[order[top_k:] if top_k else []] = -np.inf
    return softmax(z / temperature)


def sample(logits, temperature, top_k, top_p, rng):
    p = probs(logits, temperature, top_k, top_p)
    return int(rng.choice(len(p), p=p))
