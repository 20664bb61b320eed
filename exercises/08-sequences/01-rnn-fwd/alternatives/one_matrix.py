"""State, input and a one side by side, times one matrix; the function calls itself for the rest."""

import numpy as np


def rnn(x, h0, Wx, Wh, b):
    W = np.vstack([Wh, Wx, b])
    one = np.ones((len(x), 1), dtype=x.dtype)

    def states(h, steps):
        if not steps:
            return []
        h = np.tanh(np.hstack([h, steps[0], one]) @ W)
        return [h, *states(h, steps[1:])]

    found = states(h0, [x[:, t] for t in range(x.shape[1])])
    return np.array(found).swapaxes(0, 1)
