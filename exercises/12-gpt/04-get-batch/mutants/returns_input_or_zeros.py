"""task: 1, 2

You return zeros, whatever the text is. Start with one window: the slice of the text from its start on."""

import numpy as np


def cut(data, starts, T):
    return np.zeros((len(starts), T), data.dtype), np.zeros((len(starts), T), data.dtype)


def get_batch(data, B, T, rng):
    return cut(data, np.zeros(B), T)
