"""One long array of all numbers, divided by its largest, and a dot product; multiplies with np.multiply."""

import numpy as np


def global_norm(grads):
    pieces = [np.asarray(g, dtype=np.float64).reshape(-1) for g in grads if g is not None]
    everything = np.concatenate([*pieces, np.zeros(1)])
    top = np.abs(everything).max()
    if not top > 0:
        return 0.0
    everything = everything / top
    return float(top * np.sqrt(everything @ everything))


def clip_(grads, max_norm):
    norm = global_norm(grads)
    if norm <= max_norm:
        return norm
    for g in filter(lambda one: one is not None, grads):
        np.multiply(g, g.dtype.type(max_norm / norm), out=g)
    return norm
