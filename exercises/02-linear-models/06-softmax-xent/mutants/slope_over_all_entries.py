"""task: 2

You divide the slope by the number of entries, N times K. The loss is a mean over the N examples;
the classes of one example are not averaged.
"""

import numpy as np


def xent(logits, y):
    rows = np.arange(len(y))
    s = logits - logits.max(axis=1, keepdims=True)
    e = np.exp(s)
    total = e.sum(axis=1, keepdims=True)
    loss = (np.log(total[:, 0]) - s[rows, y]).mean()
    dlogits = e / total
    dlogits[rows, y] -= 1
    return loss, dlogits / dlogits.size
