"""Windows of a text by an array of places, and fair draws of where they start."""

import numpy as np


def cut(data, starts, T):
    """An array of places takes copies, so nothing is shared with the text."""
    starts = np.asarray(starts, dtype=np.int64)
    if starts.min() < 0 or starts.max() + T >= len(data):
        raise ValueError(f"a window of {T} tokens and its targets do not fit into {len(data)} at some start")
    places = starts[:, None] + np.arange(T)
    return data[places], data[places + 1]


def get_batch(data, B, T, rng):
    """The last possible start is N - T - 1: `integers` never draws its upper end, and refuses one below 1."""
    possible = len(data) - T
    return cut(data, rng.integers(0, possible, size=B), T)
