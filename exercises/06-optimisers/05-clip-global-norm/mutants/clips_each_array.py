"""task: 2

You clip each array by its own norm, so the long ones are shortened and the short ones are not, and the
direction changes. All arrays are multiplied by one factor, made from their norm together.
"""

import math

import numpy as np


def global_norm(grads):
    return math.hypot(*[float(x) for g in grads if g is not None for x in np.ravel(g)])


def clip_(grads, max_norm):
    before = global_norm(grads)
    for g in grads:
        if g is not None and (own := global_norm([g])) > max_norm:
            g *= max_norm / own
    return before
