"""Each step sets the scores of those who go to -inf; the softmax comes last; the draw adds Gumbel noise."""

import numpy as np


def _softmax(z):
    e = np.exp(z - z.max())
    return e / e.sum()


def probs(logits, temperature, top_k, top_p):
    z = np.asarray(logits).astype(np.float64)
    ranks = np.empty(len(z), dtype=int)
    ranks[np.lexsort((np.arange(len(z)), -z))] = np.arange(len(z))
    if temperature == 0:
        return (ranks == 0).astype(np.float64)
    z = (z - z.max()) / temperature
    if top_k is not None:
        z = np.where(ranks < top_k, z, -np.inf)
    if top_p is not None and top_p != 1:
        falling = np.argsort(ranks)
        enough = np.cumsum(_softmax(z)[falling]) >= top_p
        last = np.argmax(enough) if enough.any() else len(z)
        z = np.where(ranks <= last, z, -np.inf)
    return _softmax(z)


def sample(logits, temperature, top_k, top_p, rng):
    p = probs(logits, temperature, top_k, top_p)
    with np.errstate(divide="ignore"):
        noisy = np.log(p) + rng.gumbel(size=len(p))
    return int(np.argmax(noisy))
