"""task: 1, 2

You return the scores themselves, or always the same token. Begin with the softmax of the logits."""

import numpy as np


def probs(logits, temperature, top_k, top_p):
    return np.array(logits, dtype=float)


def sample(logits, temperature, top_k, top_p, rng):
    return 0
