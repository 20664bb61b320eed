"""The flat places of the dropped numbers and one factor."""

import numpy as np


def _through(numbers, places, factor):
    out = (numbers * factor).astype(numbers.dtype).ravel()
    out[places] = 0
    return out.reshape(numbers.shape)


def dropout_fwd(x, p, rng, train):
    places, factor = np.array([], dtype=int), 1.0
    if train:
        places = np.flatnonzero(rng.uniform(0, 1, size=x.size) < p)
        factor = 1.0 / (1.0 - p) if p != 1 else 0.0
    return _through(x, places, factor), (places, factor)


def dropout_bwd(dy, mask):
    return _through(dy, *mask)
