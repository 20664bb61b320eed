"""All windows of T + 1 tokens as a view, from which rows are chosen; `rng.choice` draws them."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def _rows(data, T, choose):
    if len(data) < T + 1:
        raise ValueError("the text is too short for a window with its targets")
    windows = sliding_window_view(data, T + 1)
    starts = choose(len(windows))
    if np.any(starts < 0) or np.any(starts >= len(windows)):
        raise ValueError("a start lies outside")
    rows = windows[starts]
    return rows[:, :-1].copy(), rows[:, 1:].copy()


def cut(data, starts, T):
    return _rows(data, T, lambda count: starts)


def get_batch(data, B, T, rng):
    return _rows(data, T, lambda count: rng.choice(count, size=B, replace=True))
