"""One length for all gradients together (Pascanu et al. 2013, algorithm 1); no square can overflow."""

import math

import numpy as np


def global_norm(grads):
    arrays = [g.astype(np.float64) for g in grads if g is not None and g.size]
    largest = max((float(np.abs(g).max()) for g in arrays), default=0.0)
    if largest == 0.0:
        return 0.0
    return largest * math.sqrt(sum(float(((g / largest) ** 2).sum()) for g in arrays))


def clip_(grads, max_norm):
    norm = global_norm(grads)
    if norm > max_norm:
        for g in grads:
            if g is not None:
                g *= max_norm / norm
    return norm
