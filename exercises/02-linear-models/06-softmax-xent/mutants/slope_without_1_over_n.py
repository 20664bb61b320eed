"""task: 2

Your slope lacks the division by the number of rows. The loss is a mean over examples, so each one
has an N-th of the effect.
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
    return loss, dlogits
