"""task: 2

You take the 1 away at the class with the highest score. It belongs to the right class; where the
model is right already, the two are the same, and where it is wrong, it would never learn.
"""

import numpy as np


def xent(logits, y):
    rows = np.arange(len(y))
    s = logits - logits.max(axis=1, keepdims=True)
    e = np.exp(s)
    total = e.sum(axis=1, keepdims=True)
    loss = (np.log(total[:, 0]) - s[rows, y]).mean()
    dlogits = e / total
    dlogits[rows, logits.argmax(axis=1)] -= 1
    return loss, dlogits / len(y)
