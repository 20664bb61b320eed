"""task: 1, 2

Your softmax runs down the batch, so examples compete with each other. The classes of one example
compete: work along the last axis.
"""

import numpy as np


def xent(logits, y):
    rows = np.arange(len(y))
    s = logits - logits.max(axis=0, keepdims=True)
    e = np.exp(s)
    total = e.sum(axis=0, keepdims=True)
    loss = (np.log(total[0, y]) - s[rows, y]).mean()
    dlogits = e / total
    dlogits[rows, y] -= 1
    return loss, dlogits / len(y)
