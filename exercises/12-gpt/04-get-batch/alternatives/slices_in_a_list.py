"""One slice for each row, stacked; the starts are drawn one at a time with `rng.random`."""

import numpy as np


def cut(data, starts, T):
    xs, ys = [], []
    for start in starts.tolist():
        if not 0 <= start < len(data) - T:
            raise ValueError(f"no window starts at {start}")
        xs.append(data[start : start + T])
        ys.append(data[start + 1 : start + T + 1])
    return np.stack(xs), np.stack(ys)


def get_batch(data, B, T, rng):
    room = len(data) - T
    if room <= 0:
        raise ValueError("the text is too short")
    starts = np.array([int(rng.random() * room) for _ in range(B)])
    return cut(data, starts, T)
