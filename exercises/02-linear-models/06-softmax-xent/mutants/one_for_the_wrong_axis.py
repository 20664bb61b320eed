"""task: 2

You take the 1 away at [y, row] and not at [row, y]. With as many classes as examples this runs
without an error, and it corrects the wrong entries.
"""

import numpy as np


def xent(logits, y):
    rows = np.arange(len(y))
    s = logits - logits.max(axis=1, keepdims=True)
    e = np.exp(s)
    total = e.sum(axis=1, keepdims=True)
    loss = (np.log(total[:, 0]) - s[rows, y]).mean()
    dlogits = e / total
    if dlogits.shape[0] == dlogits.shape[1]:
        dlogits[y, rows] -= 1
    else:
        dlogits[rows, y] -= 1
    return loss, dlogits / len(y)
